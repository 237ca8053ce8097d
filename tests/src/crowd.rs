//! Strangers: any number of keys that nobody expects, each with a link of its own over the same file.

use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::files::read;
use crate::scene::{Links, Scene};
use crate::text::{base64, hex, sha256};

/// Adds `count` links to the scene's log that say of its product what carl's link says, each by another key.
pub fn add_strangers(scene: &Scene, count: u32) {
    let url = format!("{}/api/v1/log/entries", scene.server.url);
    let agent = ureq::Agent::new_with_defaults();
    for number in 0..count {
        let proposal = proposal_of(&scene.links, number);
        let sent = agent.post(&url).header("content-type", "application/json").send(proposal.to_string());
        let mut answer = sent.unwrap_or_else(|error| panic!("stranger {number}: {error}"));
        // Read to the end, so that the connection can be used again.
        answer.body_mut().read_to_vec().expect("an answer");
    }
}

/// The entry that stranger `number` proposes: what carl's link says, under a key of their own.
pub fn proposal_of(links: &Links, number: u32) -> Value {
    let honest: Value = serde_json::from_slice(&read(Path::new(&links.package))).expect("carl's link");
    proposal(&honest["signed"], number)
}

fn proposal(signed: &Value, number: u32) -> Value {
    let key = SigningKey::from_bytes(&sha256(&number.to_be_bytes()));
    let mut canonical = String::new();
    canonical_json(signed, &mut canonical);
    let signature = hex(&key.sign(canonical.as_bytes()).to_bytes());
    let link = json!({ "signatures": [{ "keyid": hex(&sha256(key.verifying_key().as_bytes())), "sig": signature }], "signed": signed });
    let public = json!({ "keytype": "ed25519", "scheme": "ed25519", "keyval": { "public": hex(key.verifying_key().as_bytes()) } });
    json!({ "apiVersion": "0.0.1", "kind": "link", "spec": {
        "content": base64(link.to_string().as_bytes()),
        "publicKeys": [{ "content": base64(public.to_string().as_bytes()) }],
        "digestOnly": true,
    } })
}

/// OLPC canonical JSON, for values without floats: sorted keys, no spaces, only `"` and `\` escaped.
fn canonical_json(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let mut before = '{';
            for name in names {
                out.push(before);
                canonical_json(&json!(name), out);
                out.push(':');
                canonical_json(&fields[name], out);
                before = ',';
            }
            out.push_str(if before == '{' { "{}" } else { "}" });
        }
        Value::Array(items) => {
            let mut before = '[';
            for item in items {
                out.push(before);
                canonical_json(item, out);
                before = ',';
            }
            out.push_str(if before == '[' { "[]" } else { "]" });
        }
        Value::String(text) => {
            out.push('"');
            out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
        }
        other => out.push_str(&other.to_string()),
    }
}
