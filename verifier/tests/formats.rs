//! Formats against foreign vectors: canonical JSON, checkpoints, tiles; and link files, good and bad.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::Hash;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::envelope::{SignedBy, signed_by};
use rekor_verifier::check::link::admit;
use rekor_verifier::check::merkle::{Tiles, empty_root, leaf_hash, verify_consistency, verify_inclusion};
use rekor_verifier::check::tlog::{self, OpenError};
use rekor_verifier::format::entry::{EntryError, LinkEntry};
use rekor_verifier::format::envelope::EnvelopeError;
use rekor_verifier::format::json;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::link::{Link, LinkError};
use rekor_verifier::format::note::{Note, Vkey, VkeyError};
use rekor_verifier::format::tile::{BundleId, TileId};
use rekor_verifier::policy::Policy;
use std::path::Path;

mod vectors;

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn fixture(path: &str) -> Vec<u8> {
    read(&vectors::fixtures().join(path))
}

fn key(name: &str) -> PublicKey {
    PublicKey::parse(&fixture(&format!("keys/{name}.pub"))).unwrap()
}

#[test]
fn canonical_json() {
    let mut files = vec![vectors::fixtures().join("canonical-json/cjson_vectors.json")];
    files.extend(vectors::shared().map(|shared| shared.join("in-toto/canonical-json/cjson_vectors.json")));
    for path in files {
        for case in vectors::json(&path).as_array().unwrap() {
            let canonical = json::parse(case["json"].as_str().unwrap().as_bytes()).unwrap().to_olpc().unwrap();
            let hex: String = canonical.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, case["canonical_hex"].as_str().unwrap(), "{}", path.display());
            assert_eq!(sha256(&canonical).to_string(), case["sha256"].as_str().unwrap());
        }
    }
}

/// Every checkpoint opens, and its root follows from the entries; every leaf is proven from the tiles.
fn whole_log(folder: &Path, vkey: &str) {
    let policy = Policy::parse(&format!("log {vkey}\nquorum none\n")).unwrap();
    let head = |name: &str| tlog::open(&read(&folder.join(name)), &policy, None).unwrap().checkpoint().clone();
    let last = head("checkpoint");
    let bundle = BundleId { index: 0, width: last.size as u16 };
    let bytes = read(&folder.join(bundle.path()));
    let leaves: Vec<Hash> = bundle.entries(&bytes).unwrap().into_iter().map(leaf_hash).collect();
    let id = TileId { level: 0, index: 0, width: last.size as u16 };
    assert_eq!(id.hashes(&read(&folder.join(id.path()))).unwrap(), leaves);
    let empty = head("checkpoint.0");
    assert_eq!((empty.size, empty.root), (0, empty_root()));
    for size in 1..=last.size {
        let head = head(&format!("checkpoint.{size}"));
        assert_eq!(head.size, size);
        let bundle = BundleId { index: 0, width: size as u16 };
        let bytes = read(&folder.join(bundle.path()));
        let entries = bundle.entries(&bytes).unwrap().into_iter().map(leaf_hash);
        assert!(entries.eq(leaves[..size as usize].iter().copied()), "{}", bundle.path());
        let mut tiles = Tiles::default();
        let id = TileId { level: 0, index: 0, width: size as u16 };
        tiles.insert(id, id.hashes(&read(&folder.join(id.path()))).unwrap());
        for index in 0..size {
            let proof = tiles.inclusion_proof(index, size).unwrap();
            assert_eq!(verify_inclusion(index, size, leaves[index as usize], &proof, head.root), Ok(()));
        }
    }
    let mut tiles = Tiles::default();
    tiles.insert(id, leaves);
    for old in 1..=last.size {
        let before = head(&format!("checkpoint.{old}"));
        let proof = tiles.consistency_proof(old, last.size).unwrap();
        assert_eq!(verify_consistency(old, last.size, &proof, before.root, last.root), Ok(()));
    }
}

#[test]
fn a_whole_log_of_tiles() {
    let own = vectors::fixtures().join("tiles");
    let vkey = String::from_utf8(read(&own.join("vkey"))).unwrap();
    whole_log(&own, vkey.trim());
    if let Some(shared) = vectors::shared() {
        whole_log(
            &shared.join("tiles"),
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx",
        );
    }
}

#[test]
fn checkpoints_under_a_policy() {
    let note = fixture("tiles/checkpoint");
    let vkey: Vkey = String::from_utf8(fixture("tiles/vkey")).unwrap().trim().parse().unwrap();
    let policy = |text: &str| Policy::parse(&format!("{text}\nquorum none\n")).unwrap();
    let trusting = policy(&format!("log {vkey}"));
    assert!(tlog::open(&note, &trusting, None).is_ok());
    assert!(matches!(tlog::open(&note, &policy(""), None), Err(OpenError::Untrusted { .. })));
    // The same origin under another key: loud, not merely untrusted.
    let other = Vkey { key: vec![7; 32], ..vkey.clone() };
    let result = tlog::open(&note, &policy(&format!("log {other}")), None);
    assert!(matches!(result, Err(OpenError::OtherKey { .. })), "{result:?}");
    // A log that changed its key, and a reader who trusts both: either signs for it, in whatever order they are named.
    let at = |vkey: &Vkey| format!("log {vkey} https://log.example");
    for named in [[&other, &vkey], [&vkey, &other]] {
        let both = policy(&named.map(at).join("\n"));
        let asked = both.log_at("https://log.example");
        assert_eq!(tlog::open(&note, &both, asked).unwrap().vkey(), &vkey);
        assert_eq!(tlog::open(&note, &both, None).unwrap().vkey(), &vkey);
    }
    // But not at the address of another log, even where that has the same origin.
    let elsewhere = policy(&format!("{}\nlog {vkey} https://elsewhere.example", at(&other)));
    let result = tlog::open(&note, &elsewhere, elsewhere.log_at("https://log.example"));
    assert!(matches!(result, Err(OpenError::OtherKey { .. })), "{result:?}");
    // One bit of the signature, one of the text.
    for at in [note.len() - 10, note.iter().position(|b| *b == b'\n').unwrap() + 4] {
        let mut changed = note.clone();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert!(tlog::open(&changed, &trusting, None).is_err(), "byte {at}");
    }
}

#[test]
fn notes_and_vkeys_have_one_form() {
    let note = fixture("tiles/checkpoint");
    assert_eq!(Note::parse(&note).unwrap().encode().as_bytes(), note);
    let text = String::from_utf8(note).unwrap();
    for bad in [
        text.trim_end().to_owned(),
        text.replace("\n\n", "\n"),
        text.replace('\n', "\r\n"),
        text.replace("\u{2014} ", "- "),
        format!("{text}\n"),
        format!("{text}more"),
    ] {
        assert!(Note::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    let vkey = String::from_utf8(fixture("tiles/vkey")).unwrap().trim().to_owned();
    assert_eq!(vkey.parse::<Vkey>().unwrap().to_string(), vkey);
    assert_eq!(format!("x{vkey}").parse::<Vkey>(), Err(VkeyError::WrongId));
    for bad in ["", "a+b", "a+00000000+", "a b+00000000+AQ=="] {
        assert!(bad.parse::<Vkey>().is_err(), "{bad:?}");
    }
}

#[test]
fn good_links_are_signed_by_whom_they_say() {
    for (link, signers) in [
        ("rsa-pss", vec!["alice"]),
        ("ed25519", vec!["dora"]),
        ("ecdsa-p256", vec!["erik"]),
        ("compact", vec!["dora"]),
        ("whitespace", vec!["carl"]),
        ("escapes", vec!["carl"]),
        ("several-digests", vec!["carl"]),
        ("bogus-signature-first", vec!["carl"]),
        ("two-signatures", vec!["carl", "dora"]),
        ("stranger", vec!["mallory"]),
    ] {
        let parsed = Link::parse(&fixture(&format!("links/{link}.link"))).unwrap_or_else(|e| panic!("{link}: {e}"));
        for name in ["alice", "carl", "dora", "erik", "mallory"] {
            let signed = matches!(signed_by(&parsed.envelope, &key(name)), SignedBy::Yes { .. });
            assert_eq!(signed, signers.contains(&name), "{link} by {name}");
        }
    }
}

#[test]
fn bad_links_are_refused_and_say_why() {
    let folder = vectors::fixtures().join("links/bad");
    let mut refused = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = read(&path);
        let result = admit(&bytes, &[key("carl")]);
        assert!(result.is_err(), "{} was admitted", path.display());
        assert!(!result.unwrap_err().to_string().is_empty());
        refused += 1;
    }
    assert!(refused > 0);
    let place = |file: &str| Link::parse(&fixture(&format!("links/bad/{file}.link"))).unwrap_err();
    assert!(matches!(place("duplicate-key"), LinkError::Envelope(EnvelopeError::Json(_))));
}

/// Changes one byte of a link file at every position: it is refused, or another file with the same signed content.
#[test]
fn a_changed_byte_never_goes_unnoticed() {
    let file = fixture("links/ed25519.link");
    let (dora, signed) = (key("dora"), Link::parse(&file).unwrap().envelope.signed_bytes);
    let entry = admit(&file, std::slice::from_ref(&dora)).unwrap().entry;
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 0x01;
        if let Ok(admitted) = admit(&changed, std::slice::from_ref(&dora)) {
            assert_eq!(admitted.link.envelope.signed_bytes, signed, "byte {at}");
            assert_ne!(admitted.entry, entry, "byte {at}");
        }
    }
}

#[test]
fn entries_have_one_form() {
    let file = fixture("links/two-signatures.link");
    let link = Link::parse(&file).unwrap();
    let names = ["alice", "bob", "carl", "dora", "erik", "mallory"];
    let keys: Vec<PublicKey> = names
        .iter()
        .map(|name| key(name))
        .filter(|key| matches!(signed_by(&link.envelope, key), SignedBy::Yes { .. }))
        .collect();
    assert_eq!(keys.len(), 2);
    let entry = admit(&file, &keys).unwrap().entry;
    let reversed: Vec<PublicKey> = keys.iter().rev().chain(&keys).cloned().collect();
    assert_eq!(admit(&file, &reversed).unwrap().entry, entry, "the order and number of keys change nothing");
    let bytes = entry.encode();
    assert_eq!(LinkEntry::parse(&bytes), Ok(entry.clone()));
    assert_eq!(json::parse(&bytes).unwrap().to_jcs().unwrap(), bytes, "the entry is in RFC 8785 form");
    let spaced = [&bytes[..1], b" ", &bytes[1..]].concat();
    assert_eq!(LinkEntry::parse(&spaced), Err(EntryError::NotCanonical));
    let mut swapped = entry.clone();
    swapped.signatures.reverse();
    assert!(LinkEntry::parse(&swapped.encode()).is_err());
    let other = String::from_utf8(bytes).unwrap().replace("\"kind\":\"link\"", "\"kind\":\"rekord\"");
    assert!(matches!(LinkEntry::parse(other.as_bytes()), Err(EntryError::OtherKind(_))));
}

#[test]
fn the_first_rekors_own_files() {
    let Some(shared) = vectors::shared() else { return };
    let file = |name: &str| read(&shared.join("in-toto/first-rekor").join(name));
    for (link, signer, leaf) in [
        ("package.link", "carl.pub", "95fb7336ed2f0c7fb3878c63c6f8f4cc6a2b5086afa52081c5973df80b00186a"),
        ("clone.link", "bob.pub", "ff4807c54a5cc7bc4144995991f8dda772b089aa4d13df46a8529a2a6689314a"),
    ] {
        let key = PublicKey::parse(&file(signer)).unwrap();
        assert!(admit(&file(link), &[key]).is_ok(), "{link}");
        assert_eq!(leaf_hash(&file(link)).to_string(), leaf);
    }
    let package = Link::parse(&file("package.link")).unwrap();
    let product = sha256(&file("foo.tar.gz")).to_string();
    assert_eq!(package.digest_list().lines().last(), Some(format!("product sha256 {product}").as_str()));
    for (link, signer) in [
        ("demo/write-code.776a00e2.link", "demo/bob.pub"),
        ("demo/package.2f89b927.link", "demo/carl.pub"),
        ("layout/links/package.2f89b927.link", "demo/carl.pub"),
        ("layout/links/clone.776a00e2.link", "demo/bob.pub"),
    ] {
        let key = PublicKey::parse(&read(&shared.join("in-toto").join(signer))).unwrap();
        assert!(admit(&read(&shared.join("in-toto").join(link)), &[key]).is_ok(), "{link}");
    }
}

/// The leaf that `docs/entry-link.md` shows. These bytes are in logs: they never change.
#[test]
fn golden_entry() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let golden = read(&docs.join("entry-link.golden.json"));
    let entry = admit(&fixture("first-rekor-twin/package.link"), &[key("carl")]).unwrap().entry;
    assert_eq!(String::from_utf8(entry.encode()).unwrap(), String::from_utf8(golden.clone()).unwrap());
    assert!(String::from_utf8(read(&docs.join("entry-link.md"))).unwrap().contains(&leaf_hash(&golden).to_string()));
}
