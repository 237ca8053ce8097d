//! What a reader keeps of a result, and passes on: the report, receipts, the same check as a command, and as an
//! address. None of it carries trust: whoever gets it chooses themselves whom to expect.

mod shell;

use crate::address;
use crate::engine::Engine;
use crate::json::read_fields;
use crate::model::Model;
use crate::report::Report;
use crate::route::{Brought, BroughtFile, Claim, LONGEST, Route};
use crate::text::{self, t};
use crate::worker::describe;
use js_sys::{ArrayBuffer, Date, Uint8Array};
pub use shell::word;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the verifier gives to be kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// The report, as `rekor verify --json` prints it.
    pub json: String,
    /// The proofs of entries that the log gave.
    pub receipts: Vec<Receipt>,
}

/// A receipt (C2SP tlog-proof) as a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// A name for it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

read_fields!(Receipt { name, text });

/// The command that gives the same report: the same files, expected signers, policy, logs and time.
pub fn command(model: &Model, report: &Report) -> String {
    let mut words = vec!["rekor".to_owned(), "verify".to_owned()];
    words.extend(model.files.iter().map(|file| path(&file.name)));
    for signer in &model.signers {
        words.extend(["--public-key".to_owned(), path(&format!("{}.pub", signer.name))]);
    }
    if let Some(expected) = &model.identity {
        words.extend([format!("--identity={}", expected.identity), format!("--issuer={}", expected.issuer)]);
    }
    match model.policy_text() {
        "" => words.push("--offline".to_owned()),
        _ => words.extend(["--policy".to_owned(), "policy.txt".to_owned()]),
    }
    words.extend(model.only.iter().map(|log| format!("--server={log}")));
    words.extend(report.time.iter().map(|time| format!("--time={}", timestamp(time.seconds))));
    words.iter().map(|it| word(it)).collect::<Vec<_>>().join(" ")
}

/// A file's name as a path that is no option.
fn path(name: &str) -> String {
    match name.starts_with('-') {
        true => format!("./{name}"),
        false => name.to_owned(),
    }
}

/// A Unix time (seconds) as RFC 3339 has it.
fn timestamp(seconds: i64) -> String {
    let date = Date::new(&JsValue::from_f64(seconds as f64 * 1_000.0));
    String::from(date.to_iso_string()).replace(".000Z", "Z")
}

/// The address of this check: small evidence travels in it, artifacts by their digests, and whom this reader expects as
/// what the address claims.
pub async fn link(engine: &Engine, model: &Model, report: &Report) -> Result<String, String> {
    let mut brought = Brought { identity: model.identity.clone(), ..Brought::default() };
    for item in &model.files {
        let Some(sha256) = &item.sha256 else { continue };
        let artifact = report.artifacts.iter().any(|it| it.name == item.name && it.sha256 == *sha256);
        match engine.file(item.id) {
            _ if artifact => brought.artifacts.push(Claim { sha256: sha256.clone(), name: item.name.clone() }),
            Some(file) if file.size() < LONGEST as f64 => {
                let buffer = JsFuture::from(file.array_buffer()).await.map_err(|error| describe(&error))?;
                let bytes = Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec();
                brought.files.push(BroughtFile { name: item.name.clone(), bytes });
            }
            _ => return Err(too_long()),
        }
    }
    let kept = model.kept.iter().flat_map(|kept| &kept.receipts);
    brought.files.extend(kept.map(|it| BroughtFile { name: it.name.clone(), bytes: it.text.clone().into_bytes() }));
    let keys = model.signers.iter().map(|signer| (format!("{}.pub", signer.name), signer.key.clone().into_bytes()));
    for (name, bytes) in keys {
        if !brought.files.iter().any(|file| file.bytes == bytes) {
            brought.files.push(BroughtFile { name, bytes });
        }
    }
    let route = Route::Verify(brought);
    // What this page would not read back, it does not give out.
    match Route::parse(&route.fragment()) {
        Ok(Some(same)) if same == route => address::link(&route).ok_or_else(|| t("exports.no-address").to_owned()),
        _ => Err(too_long()),
    }
}

fn too_long() -> String {
    text::with("exports.too-long", &[("limit", &crate::format::size(LONGEST as u64))])
}
