//! The public Rekor log, replayed: what it once answered, rebuilt from bundles that hold it, so that every signature is the
//! log's own. The bundles ship with the crate `sigstore-verify`.

use crate::bundles::{data, embedded};
use crate::lying::{Answer, Liar, Request, Told};
use base64ct::{Base64, Encoding};
use rekor_verifier::format::key::Holder;
use rekor_verifier::format::rekor_body::EntryStatement;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Bundles of the public log, with what each is in it.
pub const BUNDLES: [&str; 5] = [MANAGED_KEY, BLOB, WHEEL, CONDA, NPM];
/// `hashedrekord`, signed by a key of the signer's own, whose file is at hand beside it.
pub const MANAGED_KEY: &str = "managed-key/bundle.sigstore.json";
/// `hashedrekord`, signed with a certificate for an e-mail address.
pub const BLOB: &str = "bundles/cosign-v3-blob.sigstore.json";
/// `hashedrekord` of an earlier tree, signed with a certificate for a workflow.
pub const WHEEL: &str = "bundles/bundle_v3_github.whl.sigstore";
/// `dsse`
pub const CONDA: &str = "bundles/conda-attestation.sigstore.json";
/// `intoto` 0.0.2 of an earlier tree.
pub const NPM: &str = "bundles/sigstore.js@2.0.0-provenance.sigstore.json";

/// The sizes that the log's earlier trees have in the end.
const EARLIER: [(&str, u64); 2] = [("3904496407287907110", 4_163_431), ("2605736670972794746", 117_740_831)];

fn bytes(value: &Value) -> Vec<u8> {
    Base64::decode_vec(value.as_str().unwrap()).unwrap()
}

fn hex(value: &Value) -> String {
    base16ct::lower::encode_string(&bytes(value))
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

/// The answer of `GET /api/v1/log/entries` for the entry that a bundle of Rekor v1 holds; its signatures are the log's.
pub fn v1_answer(bundle: &Value) -> Value {
    let entry = &bundle["verificationMaterial"]["tlogEntries"][0];
    let proof = &entry["inclusionProof"];
    let leaf = Sha256::digest([&[0], &bytes(&entry["canonicalizedBody"])[..]].concat());
    let checkpoint = proof["checkpoint"]["envelope"].as_str().unwrap();
    let tree = checkpoint.lines().next().and_then(|origin| origin.rsplit_once(" - ")).unwrap().1;
    let tree: u64 = tree.parse().unwrap();
    json!({ format!("{tree:016x}{}", base16ct::lower::encode_string(&leaf)): {
        "body": entry["canonicalizedBody"],
        "integratedTime": number(&entry["integratedTime"]),
        "logID": hex(&entry["logId"]["keyId"]),
        "logIndex": number(&entry["logIndex"]),
        "verification": {
            "inclusionProof": {
                "checkpoint": checkpoint,
                "hashes": proof["hashes"].as_array().unwrap().iter().map(hex).collect::<Vec<_>>(),
                "logIndex": number(&proof["logIndex"]),
                "rootHash": hex(&proof["rootHash"]),
                "treeSize": number(&proof["treeSize"]),
            },
            "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
        },
    }})
}

/// A bundle, as JSON.
pub fn bundle(path: &str) -> Value {
    serde_json::from_slice(&std::fs::read(data().join(path)).unwrap()).unwrap()
}

/// The key of the public log, as a policy names it.
pub fn vkey() -> String {
    vkey_of(&embedded("trusted_root"), "https://rekor.sigstore.dev")
}

/// The ECDSA key of the log at this address in a trusted root, under the name of its host.
pub fn vkey_of(root: &str, url: &str) -> String {
    let root: Value = serde_json::from_str(root).unwrap();
    let log = root["tlogs"].as_array().unwrap().iter().find(|log| log["baseUrl"] == url).unwrap();
    let key = bytes(&log["publicKey"]["rawBytes"]);
    let id = base16ct::lower::encode_string(&Sha256::digest(&key)[..4]);
    let host = url.split_once("://").unwrap().1;
    format!("{host}+{id}+{}", Base64::encode_string(&[&[2], &key[..]].concat()))
}

/// Whom the certificate of a bundle's entry names, and who vouches for it.
pub fn holder(path: &str) -> (String, String) {
    let body = bytes(&bundle(path)["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"]);
    let statement = EntryStatement::parse(&body).unwrap();
    let holder = Holder::of(&statement.signatures[0].verifier).unwrap();
    (holder.identity, holder.issuer.unwrap())
}

/// The log's key as PEM.
fn public_key() -> String {
    let root: Value = serde_json::from_str(&embedded("trusted_root")).unwrap();
    let key = root["tlogs"][0]["publicKey"]["rawBytes"].as_str().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n", &key[..64], &key[64..])
}

/// What an entry commits to, as the log's index has it: digests, and its key, or whom its certificate names.
fn committed(body: &Value) -> Vec<String> {
    let (spec, content) = (&body["spec"], &body["spec"]["content"]);
    let hashes =
        [&spec["data"]["hash"], &spec["payloadHash"], &spec["envelopeHash"], &content["payloadHash"], &content["hash"]];
    let digest = |hash: &&Value| Some(format!("{}:{}", hash["algorithm"].as_str()?, hash["value"].as_str()?));
    let verifiers = [
        &spec["signature"]["publicKey"]["content"],
        &spec["signatures"][0]["verifier"],
        &content["envelope"]["signatures"][0]["publicKey"],
    ];
    let verifier = verifiers.iter().find_map(|pem| pem.as_str()).map(|pem| key_name(&Base64::decode_vec(pem).unwrap()));
    hashes.iter().filter_map(digest).chain(verifier).collect()
}

/// The name of a PEM text in the index: of a certificate the address or URI in it, of a key its own base64.
fn key_name(pem: &[u8]) -> String {
    let inside: String = std::str::from_utf8(pem).unwrap().lines().filter(|line| !line.starts_with('-')).collect();
    match pem.starts_with(b"-----BEGIN CERTIFICATE") {
        true => subject_name(&Base64::decode_vec(&inside).unwrap()),
        false => inside,
    }
}

/// The subject alternative name of a certificate (RFC 5280 §4.2.1.6), one of fewer than 128 bytes.
fn subject_name(der: &[u8]) -> String {
    let at = der.windows(5).position(|window| window == [6, 3, 0x55, 0x1d, 0x11]).unwrap() + 5;
    let name = der[at..].iter().position(|tag| matches!(tag, 0x81 | 0x86)).unwrap() + at;
    let length = usize::from(der[name + 1]);
    String::from_utf8(der[name + 2..name + 2 + length].to_vec()).unwrap()
}

/// What the log holds, and by what it is found.
pub struct PublicLog {
    entries: Map<String, Value>,
    index: BTreeMap<String, Vec<String>>,
    head: Value,
}

impl PublicLog {
    /// The log with the entries of [`BUNDLES`].
    pub fn new() -> Self {
        let (entries, head) = (Map::new(), json!(null));
        let mut log = Self { entries, index: BTreeMap::new(), head };
        for path in BUNDLES {
            log.add(&bundle(path));
        }
        log
    }

    fn add(&mut self, bundle: &Value) {
        let answer = v1_answer(bundle);
        let (id, mut entry) = answer.as_object().cloned().unwrap().into_iter().next().unwrap();
        let payload = &bundle["dsseEnvelope"]["payload"];
        let body: Value = serde_json::from_slice(&bytes(&entry["body"])).unwrap();
        let mut names = committed(&body);
        if payload.is_string() {
            let attested: Value = serde_json::from_slice(&bytes(payload)).unwrap();
            let subjects = attested["subject"].as_array().unwrap();
            let digests = subjects.iter().flat_map(|subject| subject["digest"].as_object().unwrap());
            names.extend(digests.map(|(algorithm, hex)| format!("{algorithm}:{}", hex.as_str().unwrap())));
            if body["kind"] == "intoto" {
                entry["attestation"] = json!({ "data": payload });
            }
        }
        for name in names {
            self.index.entry(name).or_default().push(id.clone());
        }
        let proof = &entry["verification"]["inclusionProof"];
        if proof["treeSize"].as_u64() > self.head["treeSize"].as_u64() {
            self.head = proof.clone();
        }
        self.entries.insert(id, entry);
    }

    /// The entry that a bundle holds: its ID, and what is under it.
    pub fn entry(&self, path: &str) -> (String, Value) {
        let id = v1_answer(&bundle(path)).as_object().unwrap().keys().next().unwrap().clone();
        let entry = self.entries[&id].clone();
        (id, entry)
    }

    /// What the log answers: status and body.
    pub fn answer(&self, path: &str, body: &[u8]) -> (u16, String) {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        match path {
            "/api/v1/log" => (200, self.state().to_string()),
            "/api/v1/log/publicKey" => (200, public_key()),
            "/api/v1/index/retrieve" => (200, self.found(&asked).to_string()),
            "/api/v1/log/entries/retrieve" => match self.retrieved(&asked) {
                found if found.is_empty() => (404, r#"{"code":404,"message":"entry not found"}"#.to_owned()),
                found => (200, json!(found).to_string()),
            },
            _ => (404, r#"{"code":404,"message":"path was not found"}"#.to_owned()),
        }
    }

    fn state(&self) -> Value {
        let checkpoint = self.head["checkpoint"].as_str().unwrap();
        let (_, tree) = checkpoint.lines().next().unwrap().rsplit_once(" - ").unwrap();
        let earlier = EARLIER.map(|(tree, size)| json!({ "treeID": tree, "treeSize": size, "signedTreeHead": "" }));
        json!({
            "rootHash": self.head["rootHash"],
            "treeSize": self.head["treeSize"],
            "signedTreeHead": checkpoint,
            "treeID": tree,
            "inactiveShards": earlier,
        })
    }

    fn found(&self, asked: &Value) -> Value {
        let key = asked["publicKey"]["content"].as_str().map(|pem| key_name(&Base64::decode_vec(pem).unwrap()));
        let text = |name: &str| asked[name].as_str().map(str::to_owned);
        let names: Vec<String> = [text("hash"), text("email"), key].into_iter().flatten().collect();
        let mut lists = names.iter().map(|name| self.index.get(name).cloned().unwrap_or_default());
        let first = lists.next().unwrap_or_default();
        // Several names mean all of them, as our client asks.
        json!(lists.fold(first, |all, next| all.into_iter().filter(|id| next.contains(id)).collect()))
    }

    fn retrieved(&self, asked: &Value) -> Vec<Value> {
        let ids = asked["entryUUIDs"].as_array().cloned().unwrap_or_default();
        let indexes = asked["logIndexes"].as_array().cloned().unwrap_or_default();
        let wanted = |(id, entry): &(&String, &Value)| {
            let named = |wanted: &Value| wanted.as_str().is_some_and(|wanted| id.ends_with(wanted));
            ids.iter().any(named) || indexes.contains(&entry["logIndex"])
        };
        self.entries.iter().filter(wanted).map(|(id, entry)| json!({ id: entry })).collect()
    }

    /// Serves the log, as the public one does, to pages of any origin; `change` is applied to every answer.
    pub fn serve(self, change: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) -> Liar {
        // Nothing stands behind it.
        let liar = Liar::before("http://127.0.0.1:9");
        liar.replay(self, change);
        liar
    }
}

impl Liar {
    /// From now on it answers as this log, with `change` applied to every answer.
    pub fn replay(&self, log: PublicLog, change: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) {
        self.lie(move |request, _| {
            let (status, body) = match &request.method[..] {
                "OPTIONS" => (200, String::new()),
                _ => log.answer(&request.path, &request.body),
            };
            let allowed = [("access-control-allow-origin", "*"), ("access-control-allow-headers", "content-type")];
            let headers = allowed.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            let mut answer = Answer { status, headers, body: body.into_bytes() };
            change(request, &mut answer);
            Told::This(answer)
        });
    }
}

impl Default for PublicLog {
    fn default() -> Self {
        Self::new()
    }
}
