//! JavaScript bindings of the verifier and the client: what the page's worker, and later the package and the badge,
//! run. No I/O here: requests are named to JavaScript, answers handed back.

mod explore;

pub use explore::{Explorer, question_of_file, question_of_text};

use js_sys::{Error, Function};
use rekor_client::{Method, Response, Seen, Step};
use rekor_verifier::Hash;
use rekor_verifier::bytes::{hex_decode, hex_encode};
use rekor_verifier::check::digest::{Digests, Hasher as CoreHasher};
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::report::Time;
use rekor_verifier::sigstore::{BundleReport, BundleRequest, BundleVerifier, Expected, IdentityPolicy, Trust};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use wasm_bindgen::prelude::*;

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
#[derive(Serialize, Deserialize)]
struct JsDigests {
    sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha384: Option<String>,
    sha512: String,
    size: u64,
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
            sha512: hex_encode(&digests.sha512),
            size: digests.size,
        })
    }
}

/// The reader's choices and memory.
#[derive(Deserialize)]
struct Options {
    /// tlog-policy text; empty where nobody is trusted.
    policy: String,
    /// Signers that the reader named; a link must be signed by all of them.
    signers: Vec<Signer>,
    /// Base address of the log to ask; empty for none.
    log: String,
    /// What an earlier session returned as `seen`.
    seen: Option<String>,
    /// The time, in seconds since 1970, by this computer's clock.
    now: f64,
    /// Who has to have signed a Sigstore bundle, as an identity and who vouches for it.
    identity: Option<Identity>,
}

/// An identity as a Sigstore certificate states it; both must be exactly these.
#[derive(Deserialize)]
struct Identity {
    identity: String,
    issuer: String,
}

#[derive(Deserialize)]
struct Signer {
    name: String,
    key: String,
}

/// A request for JavaScript to make.
#[derive(Serialize)]
struct JsAsk<'a> {
    id: usize,
    method: &'static str,
    url: &'a str,
    body: Option<&'a str>,
    limit: usize,
}

/// One verification.
#[wasm_bindgen]
pub struct Session(rekor_client::Session);

#[wasm_bindgen]
impl Session {
    /// Takes `{policy, signers: [{name, key}], log, seen, now}`; throws where one of them cannot be read.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> Result<Session, Error> {
        let options: Options = serde_wasm_bindgen::from_value(options).map_err(|e| Error::new(&e.to_string()))?;
        let mut policy = policy_of(&options.policy)?;
        if !options.signers.is_empty() {
            policy.signers = Some(signers_of(&options.signers)?);
        }
        policy.sigstore.identity = options.identity.map(|expected| IdentityPolicy {
            identity: Expected::Exact(expected.identity),
            issuer: Expected::Exact(expected.issuer),
        });
        let seen = options.seen.as_deref().map(Seen::parse).transpose().map_err(error)?.unwrap_or_default();
        let time = Time { seconds: options.now as i64, source: "this computer's clock".into() };
        let log = Some(options.log.as_str()).filter(|log| !log.is_empty());
        Ok(Self(rekor_client::Session::new(policy, time, log, seen)))
    }

    /// Adds a file by its digests, with its bytes where it is no larger than [`inspect_limit`]. Returns its number if it
    /// is an artifact: a step may ask for it by that.
    pub fn add_file(&mut self, name: &str, digests: JsValue, bytes: Option<Vec<u8>>) -> Result<Option<usize>, Error> {
        let digests: JsDigests = serde_wasm_bindgen::from_value(digests).map_err(|e| Error::new(&e.to_string()))?;
        let digests = read_digests(&digests).ok_or_else(|| Error::new("digests are lower-case hexadecimal"))?;
        Ok(self.0.add_file(name, digests, bytes.as_deref()))
    }

    /// Says what checks Sigstore bundles, two functions of the second module: from a request to a report, both JSON, and
    /// from the name of an instance of Sigstore to its trusted root.
    pub fn check_bundles_with(&mut self, verify_bundle: Function, trusted_root: Function) {
        self.0.check_bundles_with(Box::new(SecondModule { verify_bundle, trusted_root }));
    }

    /// Says what artifact `number` holds.
    pub fn contents(&mut self, number: usize, reader: ContentsReader) {
        self.0.contents(number, reader.0.finish());
    }

    /// What to do next: `{asks: [{id, method, url, body, limit}]}`; `{read: [number]}`, artifacts to be read once more
    /// by a [`ContentsReader`]; `{load: "sigstore"}`, the second module; or `{report, seen, json, receipts: [{name, text}]}` at
    /// the end: `json` is the text that `rekor verify --json` prints, `receipts` are files to be kept.
    pub fn step(&mut self) -> Result<JsValue, Error> {
        match self.0.step() {
            Step::Ask(asks) => {
                let asks: Vec<JsAsk> = asks.iter().map(|(id, ask)| js_ask(*id, ask)).collect();
                to_js(&serde_json::json!({ "asks": asks }))
            }
            Step::Read(numbers) => to_js(&serde_json::json!({ "read": numbers })),
            Step::LoadBundleVerifier => to_js(&serde_json::json!({ "load": "sigstore" })),
            Step::Done(done) => to_js(&serde_json::json!({
                "report": done.report,
                "seen": done.seen.to_json(),
                "json": format!("{}\n", done.report.to_json()),
                "receipts": receipts(&done),
            })),
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

/// The receipts of the links that the log has proven, as files.
fn receipts(done: &rekor_client::Done) -> Vec<serde_json::Value> {
    let links = done.report.links.iter().enumerate();
    let proven = links.filter_map(|(i, link)| Some((link.name.as_deref().unwrap_or("found.link"), done.receipt(i)?)));
    let file = |(name, receipt): (&str, rekor_verifier::format::receipt::Receipt)| serde_json::json!({ "name": format!("{name}.tlog-proof"), "text": receipt.encode() });
    proven.map(file).collect()
}

/// What an artifact holds, from one more reading in pieces.
#[wasm_bindgen]
#[derive(Default)]
pub struct ContentsReader(rekor_client::ContentsReader);

#[wasm_bindgen]
impl ContentsReader {
    /// A reader that has seen nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the file.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }
}

/// What checks Sigstore bundles, in another module: request and report cross as JSON.
struct SecondModule {
    verify_bundle: Function,
    trusted_root: Function,
}

impl BundleVerifier for SecondModule {
    fn verify(&self, request: &BundleRequest) -> BundleReport {
        let asked = serde_json::to_string(request).map_err(|error| error.to_string());
        let answered = asked.and_then(|request| {
            let answer = self.verify_bundle.call1(&JsValue::NULL, &JsValue::from_str(&request));
            answer.map_err(|thrown| String::from(Error::from(thrown).message()))
        });
        let report = answered.and_then(|report| {
            let report = report.as_string().ok_or("it gave no report")?;
            serde_json::from_str(&report).map_err(|error| error.to_string())
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

/// `{fingerprint, scheme, pem}` of a public key in any form that is read, of the first where a certificate holds several
/// that sign; throws with the reason where it is none.
#[wasm_bindgen]
pub fn describe_key(text: &[u8]) -> Result<JsValue, Error> {
    let keys = PublicKey::parse_all(text).map_err(error)?;
    let key = keys.first().ok_or_else(|| error("no key that signs"))?;
    to_js(&serde_json::json!({
        "fingerprint": key.fingerprint().to_string(),
        "scheme": key.scheme().name(),
        "pem": key.to_pem(),
    }))
}

/// `{logs: [{origin, vkey, fingerprint, url}], witnesses: [{name}], quorum}` of a policy; throws where it cannot be read.
#[wasm_bindgen]
pub fn describe_policy(text: &str) -> Result<JsValue, Error> {
    let policy = policy_of(text)?;
    let logs = policy.logs.iter().map(|log| {
        serde_json::json!({
            "origin": log.vkey.name,
            "vkey": log.vkey.to_string(),
            "fingerprint": log.vkey.fingerprint().to_string(),
            "url": log.url,
        })
    });
    let witnesses = policy.witnesses.members.iter().map(|(name, _)| serde_json::json!({ "name": name }));
    to_js(&serde_json::json!({
        "logs": logs.collect::<Vec<_>>(),
        "witnesses": witnesses.collect::<Vec<_>>(),
        "quorum": if policy.witnesses.is_none() { "none" } else { "witnesses" },
    }))
}

/// Forgets what is remembered of one log, an alarm included: a person has dealt with it. Returns the new memory.
#[wasm_bindgen]
pub fn forget_log(seen: &str, vkey: &str) -> Result<String, Error> {
    let mut seen = Seen::parse(seen).map_err(error)?;
    seen.forget(&vkey.parse().map_err(error)?);
    Ok(seen.to_json())
}

fn policy_of(text: &str) -> Result<Policy, Error> {
    match text.trim() {
        "" => Ok(Policy::default()),
        _ => Policy::parse(text).map_err(error),
    }
}

fn signers_of(signers: &[Signer]) -> Result<Quorum<PublicKey>, Error> {
    let keys = signers.iter().map(|signer| {
        let keys = PublicKey::parse_all(signer.key.as_bytes());
        Ok((signer.name.clone(), keys.map_err(|e| Error::new(&format!("{}: {e}", signer.name)))?))
    });
    Ok(Quorum::all_of_any(keys.collect::<Result<_, Error>>()?))
}

fn read_digests(digests: &JsDigests) -> Option<Digests> {
    let sha384 = digests.sha384.as_deref().map(|hex| hex_decode(hex)?.try_into().ok());
    Some(Digests {
        sha256: Hash::from_hex(&digests.sha256)?,
        sha384: match sha384 {
            Some(bytes) => Some(bytes?),
            None => None,
        },
        sha512: hex_decode(&digests.sha512)?.try_into().ok()?,
        size: digests.size,
    })
}

fn js_ask(id: usize, ask: &rekor_client::Ask) -> JsAsk<'_> {
    let method = match ask.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    JsAsk { id, method, url: &ask.url, body: ask.body.as_deref(), limit: ask.limit }
}

fn error(error: impl std::fmt::Display) -> Error {
    Error::new(&error.to_string())
}

/// Plain objects, not JavaScript maps.
fn to_js(value: &impl Serialize) -> Result<JsValue, Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(|e| Error::new(&e.to_string()))
}
