//! The grammar of policies and signers files, and who is enough.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::base64_encode;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::tlog::{self, OpenError};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::note::{KeyType, Vkey, VkeyError};
use rekor_verifier::policy::{Policy, Quorum};
use rekor_verifier::sorted::Set;

mod rekor_log;
mod vectors;

fn vkey(name: &str, seed: u8, key_type: KeyType) -> Vkey {
    Vkey { name: name.into(), key_type, key: vec![seed; 32] }
}

fn log() -> String {
    format!("log {} https://log.example/\n", vkey("log.example", 1, KeyType::Ed25519))
}

fn witness(name: &str, seed: u8) -> String {
    format!("witness {name} {}\n", vkey(&format!("{name}.example"), seed, KeyType::CosignatureV1))
}

fn problem(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

#[test]
fn a_policy_is_read() {
    let text = format!("# comment\n\n{}{}{}group g any w1 w2\nquorum g\n", log(), witness("w1", 2), witness("w2", 3));
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.logs[0].url.as_deref(), Some("https://log.example"));
    assert!(policy.log_at("https://log.example/").is_some() && policy.log_at("https://log.example/x").is_none());
    assert!(!policy.witnesses.satisfied_by(&Set::new()));
    assert!(policy.witnesses.satisfied_by(&Set::from_iter([1])));
}

/// The public log's own, as its operators publish it.
const REKOR: &str = "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=";

#[test]
fn a_log_of_rekor_v1_is_named_by_its_ecdsa_key() {
    let policy = Policy::parse(&format!("{}log {REKOR} https://rekor.sigstore.dev/\nquorum none\n", log())).unwrap();
    assert_eq!(policy.logs[1].vkey.to_string(), REKOR);
    assert!(policy.rekor_v1_at("https://elsewhere.example").is_empty(), "not every log that is named is one");
    let [named] = &policy.rekor_v1_at("https://rekor.sigstore.dev")[..] else { panic!() };
    assert_eq!((&named.url[..], &named.log_id.to_string()[..8]), ("https://rekor.sigstore.dev", "c0d23d6a"));
    assert!(policy.rekor_v1_at("https://log.example").is_empty());
    let by_key = Policy::parse(&format!("log {REKOR}\nquorum none\n")).unwrap();
    assert_eq!(by_key.rekor_v1_at("https://mirror.example").len(), 1);

    let wrong_id = REKOR.replace("c0d23d6a", "c0d23d6b");
    assert_eq!(wrong_id.parse::<Vkey>(), Err(VkeyError::WrongId));
    let vkey: Vkey = REKOR.parse().unwrap();
    let mut no_point = vkey.clone();
    no_point.key[90] ^= 1;
    let mut other_curve = vkey.clone();
    other_curve.key[22] ^= 1;
    for bad in [no_point, other_curve, Vkey { key: vkey.key[..90].to_vec(), ..vkey.clone() }] {
        assert_eq!(bad.to_string().parse::<Vkey>(), Err(VkeyError::Malformed));
    }
    let witness = Vkey { name: "w".into(), ..vkey };
    assert!(problem(&format!("witness w {witness}\nquorum none\n")).contains("type 02"));
}

#[test]
fn checkpoints_of_rekor_v1_count_under_the_logs_name_and_key() {
    let secret = rekor_log::Secret::p256(1);
    let key = secret.public().spki_der().to_vec();
    let vkey = Vkey { name: "rekor.example".into(), key_type: KeyType::EcdsaP256, key };
    let policy = Policy::parse(&format!("log {vkey} https://rekor.example\nquorum none\n")).unwrap();
    let head =
        |origin: &str| Checkpoint { origin: origin.into(), size: 7, root: sha256(b"root"), extensions: Vec::new() };
    let by = |secret: &rekor_log::Secret, origin: &str, name: &str| {
        secret.note(&head(origin), name, sha256(secret.public().spki_der()))
    };
    let open = |note: &str| tlog::open(note.as_bytes(), &policy, policy.log_at("https://rekor.example"));
    for tree in ["rekor.example - 42", "rekor.example - 0", "rekor.example - 1193050959916656506"] {
        assert_eq!(open(&by(&secret, tree, "rekor.example")).unwrap().checkpoint(), &head(tree));
    }
    for other in
        ["rekor.example", "rekor.example - ", "rekor.example - x", "rekor.example2 - 42", "rekor.example - 042"]
    {
        assert!(matches!(open(&by(&secret, other, "rekor.example")), Err(OpenError::OtherKey { .. })), "{other}");
    }
    let stranger = rekor_log::Secret::p256(2);
    let note = by(&stranger, "rekor.example - 42", "rekor.example");
    assert!(matches!(open(&note), Err(OpenError::OtherKey { .. })));
    let note = stranger.note(&head("rekor.example - 42"), "rekor.example", sha256(secret.public().spki_der()));
    assert!(matches!(open(&note), Err(OpenError::BadSignature { .. })));
    let note = by(&secret, "rekor.example - 42", "another.example");
    assert!(matches!(open(&note), Err(OpenError::OtherKey { .. })), "a line under another name is no line of the key");
}

#[test]
fn bad_policies_name_the_line() {
    assert!(problem(&log()).contains("quorum"));
    assert!(problem("quorum none\nquorum none\n").contains("line 2"));
    assert!(problem("lgo x\nquorum none\n").contains("line 1"));
    assert!(problem("quorum w1\n").contains("not defined"));
    assert!(problem("log nonsense\nquorum none\n").contains("line 1"));
    assert!(problem(&format!("{}{}quorum none\n", log(), log())).contains("twice"));
    assert!(problem(&format!("{}{}quorum none\n", witness("w", 2), witness("w", 3))).contains("taken"));
    // One key is one witness, whatever it is called.
    assert!(problem(&format!("{}{}quorum none\n", witness("w1", 2), witness("w2", 2))).contains("another name"));
    for group in
        ["group g 3 w1 w2", "group g 0 w1 w2", "group g all", "group g any w1 w1", "group g any w3", "group w1 any w2"]
    {
        assert!(
            Policy::parse(&format!("{}{}{group}\nquorum g\n", witness("w1", 2), witness("w2", 3))).is_err(),
            "{group}"
        );
    }
    // A log's key is no witness's, and the other way round.
    let swapped = format!("witness w {}\nquorum none\n", vkey("w", 1, KeyType::Ed25519));
    assert!(problem(&swapped).contains("type"));
    // `none` asks for no witness; as a member of a group it would be a hole.
    assert!(problem("group none any x\nquorum none\n").contains("line 1"));
}

#[test]
fn nested_groups_count_each_key_once() {
    let witnesses: String = (1..=4).map(|i| witness(&format!("w{i}"), i)).collect();
    let text = format!("{witnesses}group a all w1 w2\ngroup b 1 w3 w4\ngroup both 2 a b\nquorum both\n");
    let quorum = Policy::parse(&text).unwrap().witnesses;
    for (present, enough) in
        [(vec![0, 1], false), (vec![0, 1, 3], true), (vec![0, 2, 3], false), (vec![0, 1, 2, 3], true)]
    {
        assert_eq!(quorum.satisfied_by(&present.iter().copied().collect()), enough, "{present:?}");
    }
}

#[test]
fn signers() {
    let key = |name: &str| {
        let file = std::fs::read(vectors::fixtures().join(format!("keys/{name}.pub"))).unwrap();
        base64_encode(PublicKey::parse(&file).unwrap().spki_der())
    };
    let text =
        format!("signer carl {}\nsigner dora {}\ngroup any1 any carl dora\nquorum any1\n", key("carl"), key("dora"));
    assert!(Policy::parse_signers(&text).unwrap().satisfied_by(&Set::from_iter([1])));
    assert!(Policy::parse_signers(&text.replace("quorum any1", "quorum none")).is_err());
    assert!(Policy::parse_signers(&text.replace("signer dora", "log dora")).is_err());
    let twice = format!("signer carl {0}\nsigner charles {0}\nquorum carl\n", key("carl"));
    assert!(Policy::parse_signers(&twice).is_err());
    assert!(!Quorum::<PublicKey>::all(Vec::new()).satisfied_by(&Set::new()), "nobody is never enough");
}
