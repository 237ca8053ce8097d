//! The third module: loaded for what few releases need, once and for nothing else; without it nothing that it would have
//! checked counts, for or against.

use rekor_tests::files::fixture;
use rekor_tests::package::Project;
use rekor_tests::rekor::text;
use serde_json::{Value, json};

/// A verifier whose third module comes from `extras`, and how often that was asked.
const GIVEN: &str = r#"
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createRequire } from "node:module";
import { create } from "rekor-verifier/slim";
const { resolve } = createRequire(import.meta.url);
const from = (entry) => () => readFileSync(resolve(`rekor-verifier/${entry}`));
const fixtures = process.argv[2];
const read = (name) => readFileSync(join(fixtures, name));
const now = 1.8e9;
let asked = 0;
let there = true;
const extras = () => {
  asked += 1;
  if (!there) throw new Error("it is gone");
  return from("extras-wasm")();
};
const verifier = create({ core: from("wasm"), sigstore: from("sigstore-wasm"), extras });
const outcome = ({ report }, id) => report.checks.find((check) => check.id === id);
const link = (name, key) => verifier.verify([{ name, data: read(`forms/${name}`) }], {
  policy: "", signers: [{ key: read(`forms/keys/${key}`) }], offline: true, now,
});
const ofSignature = async (...given) => outcome(await link(...given), "link-signature");
function chain(options = {}) {
  const files = [];
  const walk = (folder) => {
    for (const entry of readdirSync(join(fixtures, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else files.push({ name, data: options.stream ? new Blob([read(name)]).stream() : read(name) });
    }
  };
  walk("layouts/chain");
  const signers = [{ key: read("layouts/chain/alice.pub") }];
  return verifier.verify(files, { policy: "", signers, offline: true, now: 1669852800 });
}
"#;

fn run(name: &str, script: &str) -> Option<Value> {
    let project = Project::get()?;
    Some(project.run(name, &format!("{GIVEN}{script}"), &[&text(&fixture(""))]))
}

#[test]
fn it_is_loaded_once_and_only_where_it_is_needed() {
    let script = r#"
const usual = [
  await ofSignature("metablock-ed25519.link", "../../keys/dora.pub"),
  await ofSignature("metablock-p256.link", "../../keys/erik.pub"),
  await ofSignature("metablock-rsa-pss.link", "../../keys/carl.pub"),
  await ofSignature("dsse-rsa-pkcs1.link", "hanna.pub"),
].map(({ outcome }) => outcome);
const before = asked;
const curve = [await ofSignature("metablock-p384.link", "frida.pub"), asked];
const again = [await ofSignature("dsse-p521.link", "gustav.pub"), asked];
const pgp = [await ofSignature("openpgp-rsa.link", "rsa.asc"), asked];
const archive = [outcome(await chain(), "inspection-run"), asked];
const streamed = [outcome(await chain({ stream: true }), "inspection-run"), asked];
const count = ([check, asked]) => [check?.outcome, asked];
console.log(JSON.stringify({ usual, before, loaded: [curve, again, pgp, archive, streamed].map(count) }));
"#;
    let Some(done) = run("extras-once.mjs", script) else { return };
    assert_eq!((&done["usual"], &done["before"]), (&json!(vec!["passed"; 4]), &json!(0)));
    assert_eq!(done["loaded"], json!(vec![json!(["passed", 1]); 5]));
}

#[test]
fn where_it_does_not_load_nothing_is_confirmed_or_refuted_and_the_next_call_tries_again() {
    let script = r#"
there = false;
const curve = await ofSignature("metablock-p384.link", "frida.pub");
const other = await ofSignature("metablock-p384.link", "gustav.pub");
const inspected = await chain();
const archive = outcome(inspected, "inspection-run");
const streamed = outcome(await chain({ stream: true }), "inspection-run");
const pgp = await verifier.describeKey(read("forms/keys/rsa.asc")).catch((error) => error.message);
const offered = (await verifier.verify(
  [{ name: "openpgp-rsa.link", data: read("forms/openpgp-rsa.link") }, { name: "rsa.asc", data: read("forms/keys/rsa.asc") }],
  { policy: "", offline: true, now },
)).report;
there = true;
const later = [await ofSignature("metablock-p384.link", "frida.pub"), (await verifier.describeKey(read("forms/keys/rsa.asc"))).scheme];
console.log(JSON.stringify({
  curve, other, archive, streamed, verdict: inspected.report.verdict, pgp, later: [later[0].outcome, later[1]],
  unread: offered.unrecognised, keys: offered.keys.length, offered: offered.verdict,
}));
"#;
    let Some(done) = run("extras-missing.mjs", script) else { return };
    for check in ["curve", "other", "archive", "streamed"] {
        assert_eq!(done[check]["outcome"], "not-checked", "{check}: {done:#}");
        assert!(done[check]["sentence"].as_str().unwrap().contains("could not be loaded"), "{check}: {done:#}");
    }
    assert!(done["pgp"].as_str().unwrap().contains("could not be loaded"), "{done:#}");
    assert!(done["unread"][0]["sentence"].as_str().unwrap().contains("could not be loaded"), "{done:#}");
    assert_eq!((&done["verdict"], &done["offered"]), (&json!("could-not-tell"), &json!("could-not-tell")));
    assert_eq!((&done["keys"], &done["later"]), (&json!(0), &json!(["passed", "pgp+rsa-pkcsv1.5"])));
}

/// A cosignature by ML-DSA-44 alone makes the quorum.
#[test]
fn a_witness_whose_signature_it_checks() {
    let script = r#"
const lines = read("tiles/witnesses").toString().trim().split(/\n/);
const policy = `log ${read("tiles/vkey").toString()}witness w ${lines.find((line) => line.length > 1000)}
quorum w
`;
const opened = await verifier.openCheckpoint(read("tiles/checkpoint.cosigned"), policy);
const used = asked;
const without = create({ core: from("wasm"), sigstore: from("sigstore-wasm"), extras: () => { throw new Error("it is gone"); } });
const refused = await without.openCheckpoint(read("tiles/checkpoint.cosigned"), policy).catch((error) => error.message);
const again = await verifier.openCheckpoint(read("tiles/checkpoint.cosigned"), policy);
console.log(JSON.stringify({ quorum: [opened.quorum, again.quorum], used, refused }));
"#;
    let Some(done) = run("extras-witness.mjs", script) else { return };
    assert_eq!((&done["quorum"], &done["used"]), (&json!([true, true]), &json!(1)));
    assert!(done["refused"].as_str().unwrap().contains("could not be loaded"), "{done:#}");
}
