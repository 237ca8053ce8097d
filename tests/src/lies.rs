//! The lies, by name. Each is a change of honest answers for [`crate::lying::Liar::change`].

use serde_json::{Value, json};

use crate::forger::fetch;
use crate::lying::{Answer, Request};
use crate::rekor::Log;
use crate::scene::Scene;
use crate::signing::{foreign_key, forge_checkpoint, log_key, note_text, sign_note};
use crate::text::base64;

fn is_checkpoint(request: &Request) -> bool {
    request.path.ends_with("/checkpoint")
}

fn is_entry(request: &Request) -> bool {
    request.path.contains("/api/v1/log/entries")
}

/// The checkpoint names another root, under the log's own key.
pub fn wrong_root(log: &Log) -> impl Fn(&Request, &mut Answer) + use<> {
    let key = log_key(log);
    move |request, answer| {
        if is_checkpoint(request) {
            let honest = String::from_utf8_lossy(&answer.body).into_owned();
            answer.body = forge_checkpoint(&honest, &key, None, true).into_bytes();
        }
    }
}

/// The checkpoint is signed by a key that is not the log's, under the log's name.
pub fn foreign_checkpoint() -> impl Fn(&Request, &mut Answer) {
    |request, answer| {
        if is_checkpoint(request) {
            let honest = String::from_utf8_lossy(&answer.body).into_owned();
            let text = note_text(&honest);
            let name = text.lines().next().unwrap_or_default();
            answer.body = sign_note(text, name, &foreign_key()).into_bytes();
        }
    }
}

/// The checkpoint's signature line names the log's key, and the signature is not its.
pub fn bad_checkpoint_signature() -> impl Fn(&Request, &mut Answer) {
    |request, answer| {
        if is_checkpoint(request) {
            let honest = String::from_utf8_lossy(&answer.body).into_owned();
            let (head, line) = honest.trim_end().rsplit_once(' ').unwrap_or_default();
            let mut signature = crate::text::unbase64(line);
            if let Some(byte) = signature.last_mut() {
                *byte ^= 1;
            }
            answer.body = format!("{head} {}\n", base64(&signature)).into_bytes();
        }
    }
}

/// Every tile of hashes has one bit changed in each hash, so that no proof from it can be of this leaf.
pub fn wrong_tiles() -> impl Fn(&Request, &mut Answer) {
    |request, answer| {
        let of_hashes = request.path.contains("/tile/") && !request.path.contains("/tile/entries/");
        if of_hashes {
            answer.body.iter_mut().step_by(32).for_each(|byte| *byte ^= 1);
        }
    }
}

/// Changes every entry in Rekor v1's answers.
pub fn each_entry(change: impl Fn(&mut Value) + Send + Sync) -> impl Fn(&Request, &mut Answer) + Send + Sync {
    move |request, answer| {
        if !is_entry(request) {
            return;
        }
        let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) else { return };
        let maps: Vec<&mut Value> = match &mut value {
            Value::Array(list) => list.iter_mut().collect(),
            one => vec![one],
        };
        for map in maps {
            map.as_object_mut().into_iter().flat_map(|map| map.values_mut()).for_each(&change);
        }
        answer.body = value.to_string().into_bytes();
    }
}

/// The entry is said to stand at another index.
pub fn other_index() -> impl Fn(&Request, &mut Answer) + Send + Sync {
    each_entry(|entry| {
        let other = |value: &Value| json!(value.as_u64().unwrap_or_default() ^ 1);
        entry["logIndex"] = other(&entry["logIndex"]);
        entry["verification"]["inclusionProof"]["logIndex"] =
            other(&entry["verification"]["inclusionProof"]["logIndex"]);
    })
}

/// The entry comes with these bytes as its file.
pub fn other_file(bytes: Vec<u8>) -> impl Fn(&Request, &mut Answer) + Send + Sync {
    let data = json!(base64(&bytes));
    each_entry(move |entry| {
        if entry.get("attestation").is_some() {
            entry["attestation"]["data"] = data.clone();
        }
    })
}

/// The entry comes with the sound proof of the entry at `index`.
pub fn other_entrys_proof(scene: &Scene, index: usize) -> impl Fn(&Request, &mut Answer) + Send + Sync + use<> {
    let other = fetch(&format!("{}/api/v1/log/entries?logIndex={index}", scene.server.url));
    let other: Value = serde_json::from_slice(&other).expect("an entry");
    let proof =
        other.as_object().and_then(|map| map.values().next()).expect("an entry")["verification"]["inclusionProof"]
            .clone();
    each_entry(move |entry| entry["verification"]["inclusionProof"] = proof.clone())
}

/// One field of the proof that came with the entry says something else.
pub fn other_proof_field(field: &'static str) -> impl Fn(&Request, &mut Answer) + Send + Sync {
    each_entry(move |entry| {
        let value = &mut entry["verification"]["inclusionProof"][field];
        *value = changed(field, value);
    })
}

fn changed(field: &str, value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1),
        Value::Array(hashes) => {
            let flipped = hashes.iter().map(|hash| flip_hex(hash.as_str().unwrap_or_default()));
            json!(flipped.collect::<Vec<_>>())
        }
        Value::String(note) if field == "checkpoint" => {
            // A checkpoint of another size, with the old signature.
            let mut lines: Vec<String> = note.split('\n').map(str::to_owned).collect();
            lines[1] = (lines[1].parse::<u64>().unwrap_or_default() + 1).to_string();
            json!(lines.join("\n"))
        }
        Value::String(hex) => json!(flip_hex(hex)),
        other => panic!("{field} is {other}"),
    }
}

fn flip_hex(text: &str) -> String {
    let first = if text.starts_with('0') { "1" } else { "0" };
    format!("{first}{}", text.get(1..).unwrap_or_default())
}

/// The signed entry timestamp is of something else.
pub fn other_promise() -> impl Fn(&Request, &mut Answer) + Send + Sync {
    each_entry(|entry| {
        let mut bytes =
            crate::text::unbase64(entry["verification"]["signedEntryTimestamp"].as_str().unwrap_or_default());
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
        }
        entry["verification"]["signedEntryTimestamp"] = json!(base64(&bytes));
    })
}

/// Ten million bytes of nothing in particular, for every request that `of` names.
pub fn garbage(of: impl Fn(&Request) -> bool) -> impl Fn(&Request, &mut Answer) {
    move |request, answer| {
        if of(request) {
            answer.status = 200;
            answer.body = (0..10_000_000u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        }
    }
}

/// Whether a request is for the log rather than for the page.
pub fn to_the_log(request: &Request) -> bool {
    ["/checkpoint", "/tile/", "/api/", "/blob/"].iter().any(|part| request.path.contains(part))
}
