//! JavaScript bindings of the verifier and the client: what the page's worker and the package run. No I/O here: requests are named to JavaScript, answers handed back.

#[cfg(target_arch = "wasm32")]
mod extras;
mod json;
mod options;
mod proofs;

#[cfg(target_arch = "wasm32")]
pub use extras::ask_extras_with;
pub use proofs::{leaf_hash, open_checkpoint, read_receipt, verify_consistency, verify_inclusion};

use js_sys::{Error, Function, JSON, Reflect};
use json::{from_js, member, texts, to_js};
use options::policy_of;
use rekor_client::{NumberedAsk, Response, Seen, Step};
use rekor_verifier::Hash;
use rekor_verifier::bytes::hex_decode;
use rekor_verifier::check::digest::{Digests, Hasher as CoreHasher};
use rekor_verifier::evidence::Contents;
use rekor_verifier::format::json::Value;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::sigstore::{BundleReport, BundleRequest, BundleVerifier, Trust};
use serde::Serialize;
use std::borrow::Cow;
use wasm_bindgen::prelude::*;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Files of at most this many bytes are to be given to a session as a whole.
#[wasm_bindgen]
pub fn inspect_limit() -> u32 {
    rekor_client::INSPECT_LIMIT as u32
}

/// SHA-256 and SHA-512 of a file that is handed over in pieces, in constant memory.
#[wasm_bindgen]
#[derive(Default)]
pub struct Hasher(CoreHasher);

/// The digests of a file as they cross to JavaScript: hexadecimal, and the size in bytes.
#[derive(Serialize)]
struct JsDigests {
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha384: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha512: Option<String>,
    size: Option<u64>,
}

#[wasm_bindgen]
impl Hasher {
    /// A hasher that has seen nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// `{sha256, sha512, size}` of all pieces so far.
    pub fn finish(&self) -> Result<JsValue, Error> {
        let digests = self.0.clone().finish();
        to_js(&JsDigests {
            sha256: digests.sha256.to_string(),
            sha384: digests.get("sha384"),
            sha512: digests.get("sha512"),
            size: digests.size,
        })
    }
}

/// What to do next, as JavaScript is told.
#[derive(Serialize)]
#[serde(untagged)]
enum JsStep<'a> {
    Ask { asks: Vec<NumberedAsk<'a>> },
    Read { read: Vec<usize> },
    Load { load: &'static str },
    Done { seen: String, json: String, receipts: Vec<JsReceipt> },
}

/// One verification.
#[wasm_bindgen]
pub struct Session(rekor_client::Session);

#[wasm_bindgen]
impl Session {
    /// Takes the reader's choices and memory, `{policy, signers, logs, seen, now, clock, identity, trust, parameters}`;
    /// throws where one of them cannot be read.
    ///
    /// `policy` is tlog-policy text, empty where nobody is trusted. `signers` is the text of a signers file, or a list
    /// `[{name, key}]` (or `{name, base64}`, of a file that is no text), by all of whom a link must be signed. `logs` are the base addresses of the logs to ask, one
    /// after the other as far as needed; `seen` what an earlier session returned, if any. `now` is the time in whole seconds since 1970, and `clock`
    /// who says so; without it, this computer's clock. A Sigstore bundle must have been signed by `identity`, `{identity,
    /// issuer}` or `{pattern, issuer}`, if there is one; `trust` is `staging`, or the text of a trusted_root.json, where
    /// it is not Sigstore's public instance that counts. `parameters`, `[{name, value}]`, are those of layouts.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<Session, Error> {
        let options = from_js(&options)?;
        let policy = options::policy(&options)?;
        let seen = member(&options, "seen").and_then(Value::as_str).map(Seen::parse);
        let seen = seen.transpose().map_err(error)?.unwrap_or_default();
        let logs = texts(&options, "logs")?;
        Ok(Self(rekor_client::Session::new(policy, options::time(&options)?, &logs, seen)))
    }

    /// Adds a file by its digests, with its bytes where it is no larger than [`inspect_limit`]. Returns its number if it
    /// is an artifact: a step may ask for it by that.
    pub fn add_file(&mut self, name: &str, digests: JsValue, bytes: Option<Vec<u8>>) -> Result<Option<usize>, Error> {
        Ok(self.0.add_file(name, digests_of(&digests)?, bytes.as_deref()))
    }

    /// Adds a file as an artifact, whatever it looks like, and returns its number.
    pub fn add_artifact(&mut self, name: &str, digests: JsValue) -> Result<usize, Error> {
        Ok(self.0.add_artifact(name, digests_of(&digests)?))
    }

    /// Adds an artifact of which nothing but its SHA-256 is at hand, lower-case hexadecimal, and returns its number.
    pub fn add_digest(&mut self, name: &str, sha256: &str) -> Result<usize, Error> {
        let sha256 = Hash::from_hex(sha256).ok_or_else(|| Error::new("sha256: expected 64 lower-case digits"))?;
        Ok(self.0.add_digest(name, sha256))
    }

    /// Adds a file as a link, whatever it looks like.
    pub fn add_link(&mut self, name: &str, bytes: &[u8]) {
        self.0.add_link(name, bytes);
    }

    /// Says that there is something that was not read, and why.
    pub fn add_unread(&mut self, name: &str, why: &str) {
        self.0.add_unread(name, why);
    }

    /// Says what checks Sigstore bundles, two functions of the second module: from a request to a report, both JSON, and
    /// from the name of an instance of Sigstore to its trusted root.
    pub fn check_bundles_with(&mut self, verify_bundle: Function, trusted_root: Function) {
        self.0.check_bundles_with(Box::new(SecondModule { verify_bundle, trusted_root }));
    }

    /// Says what artifact `number` holds: what the `ContentsReader` of the third module finished with, or nothing where
    /// that is not to be had.
    pub fn contents(&mut self, number: usize, contents: Option<Vec<u8>>) {
        match contents.as_deref().and_then(Contents::from_bytes) {
            Some(contents) => self.0.contents(number, contents),
            None => self.0.no_contents(number),
        }
    }

    /// What to do next: `{asks: [{id, method, url, body, limit}]}`; `{read: [number]}`, artifacts to be read once more
    /// by the third module's `ContentsReader`; `{load: "sigstore"}`, the second module; or `{report, seen, json, receipts: [{name, text}]}` at
    /// the end: `json` is the text that `rekor verify --json` prints, `receipts` are files to be kept.
    pub fn step(&mut self) -> Result<JsValue, Error> {
        match self.0.step() {
            Step::Ask(asks) => to_js(&JsStep::Ask { asks: asks.iter().map(|(id, ask)| ask.numbered(*id)).collect() }),
            Step::Read(read) => to_js(&JsStep::Read { read }),
            Step::LoadBundleVerifier => to_js(&JsStep::Load { load: "sigstore" }),
            Step::Done(done) => {
                let (json, seen) = (done.report.to_json(), done.seen.to_json());
                let report = JSON::parse(&json).map_err(Error::from)?;
                let step = to_js(&JsStep::Done { seen, json: format!("{json}\n"), receipts: receipts(&done) })?;
                Reflect::set(&step, &"report".into(), &report).map_err(Error::from)?;
                Ok(step)
            }
        }
    }

    /// Hands over the answer to request `id`; `truncated` is whether the header `rekor-truncated: true` was there.
    pub fn answer(&mut self, id: usize, status: u16, body: Vec<u8>, truncated: bool) {
        self.0.answer(id, Response { status, body, truncated });
    }

    /// Says why no answer came to request `id`.
    pub fn no_answer(&mut self, id: usize, reason: &str) {
        self.0.no_answer(id, reason);
    }
}

/// A receipt as a file.
#[derive(Serialize)]
struct JsReceipt {
    name: String,
    text: String,
}

/// The receipts of the links that the log has proven.
fn receipts(done: &rekor_client::Done) -> Vec<JsReceipt> {
    let links = done.report.links.iter().enumerate();
    let proven = links.filter_map(|(i, link)| Some((link.name.as_deref().unwrap_or("found.link"), done.receipt(i)?)));
    proven.map(|(name, receipt)| JsReceipt { name: format!("{name}.tlog-proof"), text: receipt.encode() }).collect()
}

/// What checks Sigstore bundles, in another module: request and report cross as JSON.
struct SecondModule {
    verify_bundle: Function,
    trusted_root: Function,
}

impl BundleVerifier for SecondModule {
    fn verify(&self, request: &BundleRequest) -> BundleReport {
        // As of a report: it has no maps with keys that are not strings. Words for errors would be a kilobyte.
        let request_text = serde_json::to_string_pretty(request).unwrap_or_default();
        let answered = self.verify_bundle.call1(&JsValue::NULL, &JsValue::from_str(&request_text));
        let answered = answered.map_err(|thrown| String::from(Error::from(thrown).message()));
        let report = answered.and_then(|report| {
            let report = report.as_string().and_then(|report| BundleReport::from_json(&report));
            report.ok_or_else(|| "it gave no report".to_owned())
        });
        report.unwrap_or_else(|why| BundleReport::not_checked(&request.subject, &why))
    }

    fn trusted_root<'a>(&self, trust: &'a Trust) -> Option<Cow<'a, str>> {
        let instance = match trust {
            Trust::Root(json) => return Some(Cow::Borrowed(json)),
            Trust::Production => "production",
            Trust::Staging => "staging",
        };
        // A module that could not be loaded throws: then the root is not at hand.
        let json = self.trusted_root.call1(&JsValue::NULL, &JsValue::from_str(instance)).ok()?;
        json.as_string().map(Cow::Owned)
    }
}

/// A key, as it is described.
#[derive(Serialize)]
struct JsKey {
    fingerprint: String,
    scheme: &'static str,
    pem: String,
}

/// `{fingerprint, scheme, pem}` of a public key in any form that is read, of the first where a certificate holds several
/// that sign; throws with the reason where it is none.
#[wasm_bindgen]
pub fn describe_key(text: &[u8]) -> Result<JsValue, Error> {
    let keys = PublicKey::parse_all(text).map_err(error)?;
    let key = keys.first().ok_or_else(|| error("no key that signs"))?;
    to_js(&JsKey { fingerprint: key.fingerprint().to_string(), scheme: key.scheme().name(), pem: key.to_pem() })
}

/// A policy, as it is described.
#[derive(Serialize)]
struct JsPolicy<'a> {
    logs: Vec<JsLog<'a>>,
    witnesses: Vec<JsWitness<'a>>,
    quorum: &'static str,
}

#[derive(Serialize)]
struct JsLog<'a> {
    origin: &'a str,
    vkey: String,
    fingerprint: String,
    url: Option<&'a str>,
}

#[derive(Serialize)]
struct JsWitness<'a> {
    name: &'a str,
}

/// `{logs: [{origin, vkey, fingerprint, url}], witnesses: [{name}], quorum}` of a policy; throws where it cannot be read.
#[wasm_bindgen]
pub fn describe_policy(text: &str) -> Result<JsValue, Error> {
    let policy = policy_of(text)?;
    let logs = policy.logs.iter().map(|log| JsLog {
        origin: &log.vkey.name,
        vkey: log.vkey.to_string(),
        fingerprint: log.vkey.fingerprint().to_string(),
        url: log.url.as_deref(),
    });
    to_js(&JsPolicy {
        logs: logs.collect(),
        witnesses: policy.witnesses.members.iter().map(|(name, _)| JsWitness { name }).collect(),
        quorum: if policy.witnesses.is_none() { "none" } else { "witnesses" },
    })
}

/// Forgets what is remembered of one log, an alarm included: a person has dealt with it. Returns the new memory.
#[wasm_bindgen]
pub fn forget_log(seen: &str, vkey: &str) -> Result<String, Error> {
    let mut seen = Seen::parse(seen).map_err(error)?;
    seen.forget(&vkey.parse().map_err(error)?);
    Ok(seen.to_json())
}

/// What is remembered now, `current`, with what a session made of `before`: `after`. So nothing is lost that others came
/// to remember meanwhile.
#[wasm_bindgen]
pub fn merge_seen(current: &str, before: &str, after: &str) -> Result<String, Error> {
    let read = |text: &str| if text.is_empty() { Ok(Seen::default()) } else { Seen::parse(text).map_err(error) };
    let mut seen = read(current)?;
    seen.merge(&read(before)?, &read(after)?);
    Ok(seen.to_json())
}

fn digests_of(digests: &JsValue) -> Result<Digests, Error> {
    read_digests(&from_js(digests)?).ok_or_else(|| Error::new("digests are lower-case hexadecimal"))
}

fn read_digests(digests: &Value) -> Option<Digests> {
    let bytes = |name| hex_decode(member(digests, name)?.as_str()?);
    Some(Digests {
        sha256: Hash::from_slice(&bytes("sha256")?)?,
        sha384: match member(digests, "sha384") {
            Some(_) => Some(bytes("sha384")?.try_into().ok()?),
            None => None,
        },
        sha512: Some(bytes("sha512")?.try_into().ok()?),
        size: Some(member(digests, "size")?.as_u64()?),
    })
}

fn error(error: impl std::fmt::Display) -> Error {
    Error::new(&error.to_string())
}
