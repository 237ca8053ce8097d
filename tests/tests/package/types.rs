//! The package's types and its layout, by those who know how others import packages.

use rekor_tests::needs;
use rekor_tests::package::{Project, succeeds};
use std::process::Command;

const PROGRAM: &str = r#"
import { verify, verifyInclusion, type Report, type Verification } from "rekor-verifier";
import { create } from "rekor-verifier/slim";
import { start } from "rekor-verifier/worker";
import type { RekorBadge } from "rekor-verifier/badge";

const done: Verification = await verify([{ name: "a", data: new Uint8Array() }, new Blob([]), { sha256: "0".repeat(64) }], {
  policy: "",
  signers: [{ name: "carl", key: new Uint8Array() }],
  identity: { pattern: "https://github.com/org/**", issuer: "https://token.actions.githubusercontent.com" },
  signal: AbortSignal.timeout(1000),
  onProgress: (progress) => { if (progress.kind === "reading") progress.done.toFixed(); },
});
const report: Report = done.report;
switch (report.verdict) {
  case "verified":
  case "not-verified":
  case "could-not-tell":
    break;
  default:
    report.verdict satisfies never;
}
const size: number | null = report.artifacts[0]!.size;
const result = await verifyInclusion({ index: 0n, size: 1, leaf: "", proof: [], root: new Uint8Array(32) });
if (!result.holds) result.why.toUpperCase();
const slim = create({ core: () => new URL("https://a.example/"), sigstore: async () => new Uint8Array() });
slim.verify([], { log: new URL("https://log.example/") });
start().terminate();
const badge: RekorBadge | null = document.querySelector("rekor-badge");
badge?.check({ withArtifact: true });
// @ts-expect-error: nobody is trusted by a boolean
verify([], { policy: true });
// @ts-expect-error: an identity needs an issuer
verify([], { identity: { identity: "a@example.com" } });
export { size };
"#;

#[test]
fn typescript_takes_the_types_as_strictly_as_it_can() {
    let Some((project, tools)) = both() else { return };
    project.folder.write("program.ts", PROGRAM.as_bytes());
    for (module, resolution) in [("esnext", "bundler"), ("nodenext", "nodenext")] {
        let config = serde_json::json!({
            "compilerOptions": {
                "module": module, "moduleResolution": resolution, "target": "es2022", "strict": true,
                "skipLibCheck": false, "noEmit": true, "exactOptionalPropertyTypes": true, "types": [],
                "noUncheckedIndexedAccess": true,
            },
            "files": ["program.ts"],
        });
        let name = format!("tsconfig.{resolution}.json");
        project.folder.write(&name, config.to_string().as_bytes());
        let mut tsc = Command::new(project.node_path());
        tsc.arg(tools.join("node_modules/typescript/bin/tsc")).args(["--project", &name]);
        succeeds(tsc.current_dir(project.folder.path()));
    }
}

#[test]
fn publint_has_nothing_to_say() {
    let Some((project, tools)) = both() else { return };
    let mut publint = project.node();
    publint.arg(tools.join("node_modules/publint/src/cli.js")).args([
        "--strict",
        "--level",
        "suggestion",
        "--pack",
        "false",
    ]);
    let output = succeeds(publint.arg(project.package()));
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("All good!"), "{said}");
}

#[test]
fn are_the_types_wrong_says_no() {
    let Some((project, tools)) = both() else { return };
    let tarball = needs::tool("REKOR_PACKAGE", "the npm package's tarball").unwrap();
    let mut attw = project.node();
    attw.arg(tools.join("node_modules/@arethetypeswrong/cli/dist/index.js"));
    succeeds(attw.args(["--profile", "esm-only", "--no-color"]).arg(tarball));
}

fn both() -> Option<(&'static Project, std::path::PathBuf)> {
    Some((Project::get()?, needs::tool("REKOR_NPM_TOOLS", "what the npm package is tried with")?))
}
