//! What an entry says: its digests, the link that it records, and what it has to do with a question.

use super::Detail;
use crate::bytes::hex_encode;
use crate::check::digest::sha256;
use crate::evidence::{Asked, Record};
use crate::format::entry::LinkEntry;
use crate::format::json::{self, Value};
use crate::format::key::PublicKey;
use crate::format::link::{FileRecord, Link};
use crate::format::rekor_body::{EntryStatement, Subject};
use crate::report::{DigestReport, FilesReport, LinkContents, RoleReport, StatedFile};

/// The most files of a link that are shown in a list of entries.
const FIRST_FILES: usize = 32;

/// The most files of a link that are shown at all.
const MOST_FILES: usize = 2_000;

/// The digests that an entry commits to.
pub(super) fn digests(statement: &EntryStatement, leaf: Option<&LinkEntry>) -> Vec<DigestReport> {
    let stated = statement.digests.iter().map(|one| DigestReport {
        of: name(one.subject),
        algorithm: one.algorithm.clone(),
        value: hex_encode(&one.digest),
    });
    let list = leaf.map(|leaf| DigestReport {
        of: "digest-list",
        algorithm: "sha256".into(),
        value: leaf.digest_list.to_string(),
    });
    stated.chain(list).collect()
}

const fn name(subject: Subject) -> &'static str {
    match subject {
        Subject::Artifact => "artifact",
        Subject::Payload => "payload",
        Subject::Envelope => "envelope",
        Subject::LinkFile => "link-file",
    }
}

/// Whether `key` is one of those in the entry.
pub(super) fn is_signed_with(statement: &EntryStatement, key: &PublicKey) -> bool {
    let fingerprint = key.fingerprint();
    let keys = statement.signatures.iter().filter_map(|one| PublicKey::parse_all(&one.verifier).ok()).flatten();
    keys.into_iter().any(|one| one.fingerprint() == fingerprint)
}

/// What the entry has to do with the digest that was asked about; nothing for other questions.
pub(super) fn roles(
    asked: &Asked,
    statement: Option<&EntryStatement>,
    leaf: Option<&LinkEntry>,
    link: Option<&Link>,
    record: &Record,
) -> Vec<RoleReport> {
    let Asked::Digest { algorithm, hex } = asked else { return Vec::new() };
    let role = |role| RoleReport { role, path: None };
    let mut roles = Vec::new();
    for one in statement.iter().flat_map(|statement| &statement.digests) {
        if one.algorithm == *algorithm && hex_encode(&one.digest) == *hex {
            roles.push(role(name(one.subject)));
        }
    }
    let is_signed = |leaf: &LinkEntry| leaf.signatures.iter().any(|one| one.signed.to_string() == *hex);
    if algorithm == "sha256" && leaf.is_some_and(is_signed) {
        roles.push(role("signed-content"));
    }
    if payload(statement, record).is_some_and(|payload| is_about(&payload, algorithm, hex)) {
        roles.push(role("subject"));
    }
    if let Some(link) = link {
        for (role, files) in [("product", &link.products), ("material", &link.materials)] {
            let named =
                files.iter().find(|file| file.digests.iter().any(|(name, value)| name == algorithm && value == hex));
            roles.extend(named.map(|file| RoleReport { role, path: Some(file.path.clone()) }));
        }
    } else if let Some(list) =
        record.digest_list.as_ref().filter(|list| leaf.is_some_and(|leaf| leaf.digest_list == sha256(list)))
    {
        for name in ["product", "material"] {
            let line = format!("{name} {algorithm} {hex}");
            if list.split(|byte| *byte == b'\n').any(|found| found == line.as_bytes()) {
                roles.push(role(name));
            }
        }
    }
    roles
}

/// Whether everything that an entry names is at hand: it commits to the one file that it is about, or what it commits to
/// came along.
pub(super) fn tells_all(statement: Option<&EntryStatement>, record: &Record) -> bool {
    match statement {
        Some(statement) if statement.kind != "link" => {
            statement.artifact().is_some() || payload(Some(statement), record).is_some()
        }
        _ => record.body.is_some() || record.digest_list.is_some(),
    }
}

/// The payload of the attestation, where the log gave the one that the entry commits to.
fn payload(statement: Option<&EntryStatement>, record: &Record) -> Option<Value> {
    let committed = statement?.digests.iter().find(|digest| digest.subject == Subject::Payload)?;
    let body = record.body.as_deref().filter(|body| sha256(body).as_bytes()[..] == committed.digest[..])?;
    json::parse(body).ok()
}

/// Whether an attestation names the digest among its subjects.
fn is_about(payload: &Value, algorithm: &str, hex: &str) -> bool {
    let subjects = payload.get("subject").and_then(Value::as_array).unwrap_or_default();
    let states =
        |subject: &Value| subject.get("digest").and_then(|it| it.get(algorithm)).and_then(Value::as_str) == Some(hex);
    subjects.iter().any(states)
}

/// What a link states.
pub(super) fn link(link: &Link, detail: Detail) -> LinkContents {
    let open = |value: &Value| match (detail, value.as_object()) {
        // Links hold integers only; what else a statement may hold is in its bytes.
        (Detail::Full, Some([_, ..])) => value.to_jcs().ok().and_then(|text| String::from_utf8(text).ok()),
        _ => None,
    };
    let most = if detail == Detail::Full { MOST_FILES } else { FIRST_FILES };
    LinkContents {
        form: link.form.name(),
        step: link.name.clone(),
        builder: link.build.as_ref().map(|build| build.builder.clone()),
        command: link.command.clone(),
        materials: files(&link.materials, most),
        products: files(&link.products, most),
        byproducts: open(&link.byproducts),
        environment: open(&link.environment),
    }
}

fn files(records: &[FileRecord], most: usize) -> FilesReport {
    FilesReport { count: records.len(), first: records.iter().take(most).map(file).collect() }
}

fn file(record: &FileRecord) -> StatedFile {
    let (sha256, others): (Vec<_>, Vec<_>) = record.digests.iter().partition(|(algorithm, _)| algorithm == "sha256");
    StatedFile {
        path: record.path.clone(),
        sha256: sha256.first().map(|(_, value)| value.clone()),
        others: others.iter().map(|(algorithm, value)| format!("{algorithm}:{value}")).collect(),
    }
}
