//! A program that uses the package by its name alone: a release with its receipt, and a Sigstore bundle with its file.

use rekor_tests::bundles;
use rekor_tests::files::{read, sample};
use rekor_tests::needs;
use rekor_tests::package::{Project, SAMPLE, printed, sample_trust};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Base64 is what every runtime can decode.
const CHECK: &str = r#"
import { verify } from "rekor-verifier";
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
export async function check({ files, policy, key, identity }, by = verify) {
  const given = files.map(({ name, base64 }) => ({ name, data: bytes(base64) }));
  const signers = key ? [{ name: "maintainer", key }] : [];
  return (await by(given, { policy, signers, identity, offline: true, now: 1795000000 })).json;
}
"#;

const MAIN: &str = r#"
import { check } from "./check.mjs";
import given from "./given.mjs";
const reports = [];
for (const one of given) reports.push(await check(one));
console.log(JSON.stringify(reports));
"#;

/// For a page: what it finds is in `globalThis.reports`.
const PAGE: &str = r#"
import { check } from "./check.mjs";
import given from "./given.mjs";
globalThis.reports = (async () => {
  const reports = [];
  for (const one of given) reports.push(await check(one));
  return reports;
})();
"#;

/// The program, in the project.
pub struct Program {
    /// Where it is.
    pub project: &'static Project,
}

impl Program {
    /// Writes it, once.
    pub fn write() -> Option<Self> {
        static WRITTEN: OnceLock<()> = OnceLock::new();
        let project = Project::get()?;
        WRITTEN.get_or_init(|| {
            let given = format!("export default {};\n", given());
            let files = [("check.mjs", CHECK), ("main.mjs", MAIN), ("page.mjs", PAGE), ("given.mjs", &given)];
            for (name, text) in files {
                project.folder.write(name, text.as_bytes());
            }
        });
        Some(Self { project })
    }

    /// The program, and the folder of tools.
    pub fn with_tools() -> Option<(Self, PathBuf)> {
        Some((Self::write()?, needs::tool("REKOR_NPM_TOOLS", "what the npm package is tried with")?))
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        self.project.folder.path()
    }

    /// What it prints in Node, to compare with.
    pub fn in_node(&self) -> Value {
        static PRINTED: OnceLock<Value> = OnceLock::new();
        PRINTED.get_or_init(|| printed(self.project.node().arg("main.mjs"))).clone()
    }
}

fn given() -> Value {
    let file = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        json!({ "name": name, "base64": rekor_tests::text::base64(&read(&path)) })
    };
    let text = |path: &Path| String::from_utf8(read(path)).unwrap();
    let [policy, key] = sample_trust();
    let bundle = |name: &str| file(bundles::data().join("bundles").join(name));
    json!([
        { "files": SAMPLE.map(|name| file(sample(name))), "policy": text(&policy), "key": text(&key) },
        {
            "files": [bundle("signed-package-2.1.0-hb0f4dca_0.conda"), bundle("conda-attestation.sigstore.json")],
            "policy": "",
            "identity": {
                "identity":
                    "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main",
                "issuer": "https://token.actions.githubusercontent.com",
            },
        },
    ])
}

/// The verdicts of what the program printed.
pub fn reports(printed: &Value) -> Vec<String> {
    let verdict = |json: &Value| serde_json::from_str::<Value>(json.as_str().unwrap()).unwrap()["verdict"].to_string();
    printed.as_array().unwrap().iter().map(|json| verdict(json).trim_matches('"').to_owned()).collect()
}
