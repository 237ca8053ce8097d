//! Every form of a link can be added, and is found again by all that it names.

use rekor_log::{AddError, Log, Operator, Refusal, Submission, Term};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::envelope::signed_hash;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::link::Link;
use std::path::Path;

/// Link and key file below `tests/fixtures`.
const FORMS: [(&str, &str); 9] = [
    ("forms/metablock-p384.link", "forms/keys/frida.pub"),
    ("forms/metablock-rsa-pkcs1.link", "forms/keys/hanna.pub"),
    ("forms/openpgp-subkeys.link", "forms/keys/subkeys.asc"),
    ("forms/openpgp-eddsa.link", "forms/keys/eddsa.json"),
    ("forms/dsse-p521.link", "forms/keys/gustav.pub"),
    ("forms/dsse-openpgp-rsa.link", "forms/keys/rsa.asc"),
    ("forms/statement-link-url-safe.link", "keys/dora.pub"),
    ("forms/provenance-v0.2.link", "keys/dora.pub"),
    ("forms/provenance-v1.link", "keys/dora.json"),
];

fn fixture(path: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn submission(link: &str, key: &str) -> Submission {
    Submission { content: fixture(link), keys: vec![fixture(key)], digest_only: false }
}

/// Everything that an entry of `link` must be found under.
fn terms(file: &[u8], key: &PublicKey) -> Vec<Term> {
    let link = Link::parse(file).unwrap();
    let signed = link.envelope.signatures.iter().map(|one| signed_hash(&link.envelope, &one.form));
    let digests = [sha256(file)].into_iter().chain(signed).map(|hash| Term::digest("sha256", &hash.to_string()));
    let named = link.products.iter().chain(&link.materials).flat_map(|record| &record.digests);
    let named = named.map(|(algorithm, value)| Term::digest(algorithm, value));
    digests.chain(named).chain([Term::Key(key.fingerprint())]).collect()
}

#[test]
fn every_form_is_found_by_all_that_it_names() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    for (i, (link, key)) in FORMS.into_iter().enumerate() {
        let added = log.add(submission(link, key)).unwrap_or_else(|error| panic!("{link}: {error}"));
        assert_eq!((added.index, added.duplicate), (i as u64, false), "{link}");
    }
    let tree_id = log.tree_id();
    drop(log);
    // The index is made anew from leaves and digest lists.
    let log = Log::open(data.path(), tree_id).unwrap();
    for (i, (link, key)) in FORMS.into_iter().enumerate() {
        assert!(log.add(submission(link, key)).unwrap().duplicate, "{link}");
        let entry = LinkEntry::parse(&log.entry(i as u64).unwrap()).unwrap();
        assert_eq!((entry.version(), entry.signatures.len()), ("0.0.2", 1), "{link}");
        let file = fixture(link);
        assert_eq!(log.blob(&entry.file).unwrap().as_ref(), Some(&file), "{link}");
        for term in terms(&file, &entry.signatures[0].key) {
            assert!(
                log.find(std::slice::from_ref(&term), Operator::Or, 10).unwrap().indices.contains(&(i as u64)),
                "{link}: {term:?}"
            );
        }
    }
}

#[test]
fn what_is_no_link_is_refused_by_name() {
    let data = tempfile::tempdir().unwrap();
    let log = Log::create(data.path(), None).unwrap();
    let refused = |content: Vec<u8>, key: &str| match log.add(Submission {
        content,
        keys: vec![fixture(key)],
        digest_only: false,
    }) {
        Err(AddError::Refused(refusal @ Refusal::Link(_))) => refusal.to_string(),
        other => panic!("{other:?}"),
    };
    assert!(refused(fixture("forms/unread/predicate.link"), "keys/dora.pub").contains("https://spdx.dev/Document"));
    assert!(refused(fixture("forms/unread/payload-type.link"), "keys/dora.pub").contains("application/vnd.example"));
    assert!(
        refused(br#"{"signed":{"_type":"layout"},"signatures":[]}"#.to_vec(), "keys/dora.pub").contains("a layout")
    );
    // Two keys a file are too many nine times.
    let keys = vec![fixture("forms/keys/subkeys.asc"); 9];
    let many = log.add(Submission { keys, ..submission("forms/openpgp-subkeys.link", "forms/keys/subkeys.asc") });
    assert!(matches!(many, Err(AddError::Refused(Refusal::TooManyKeys(18)))), "{many:?}");
    // A certificate none of whose keys signed.
    assert!(refused(fixture("forms/openpgp-rsa.link"), "forms/keys/subkeys.asc").contains("no signature by the key"));
    assert_eq!(log.head().size, 0);
}
