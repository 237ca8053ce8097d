//! Errors carry what was expected and what was found, and say so to people.

use rekor_verifier::check::archive::ArchiveError;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::link::AdmitError;
use rekor_verifier::check::merkle::ProofError;
use rekor_verifier::check::prehash::PrehashError;
use rekor_verifier::check::rekor::RekorError;
use rekor_verifier::check::signature::BadSignature;
use rekor_verifier::check::tlog::OpenError;
use std::error::Error;

#[test]
fn errors_say_what_was_found() {
    let key = sha256(b"a key");
    let not_emulated = ArchiveError::NotEmulated { member: "../x".into(), what: "leads out of the folder" };
    let errors: [(&dyn Error, &str); 8] = [
        (&ProofError::Length { expected: 3, found: 2 }, "the proof has 2 hashes, 3 are needed"),
        (&ProofError::OutOfRange { position: 7, size: 5 }, "position 7 lies outside a tree of 5 entries"),
        (&OpenError::BadSignature { name: "w1".into() }, "the checkpoint's signature by w1 does not match"),
        (&BadSignature::Hash(2), "an OpenPGP signature with SHA-1, expected SHA-256"),
        (&PrehashError::Mismatch, "the signature does not match"),
        (&RekorError::NoCheckpoint, "the proof comes without a checkpoint, and so proves nothing"),
        (&not_emulated, r#"its member "../x" leads out of the folder"#),
        (&AdmitError::NotSignedBy { key, claimed: false }, &format!("the link carries no signature by the key {key}")),
    ];
    for (error, text) in errors {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn hashes_of_openpgp_have_names() {
    let names = ["MD5", "SHA-1", "RIPEMD-160", "SHA-256", "SHA-384", "SHA-512", "SHA-224", "an unknown hash"];
    for (number, name) in [1, 2, 3, 8, 9, 10, 11, 12].into_iter().zip(names) {
        let text = BadSignature::Hash(number).to_string();
        assert_eq!(text, format!("an OpenPGP signature with {name}, expected SHA-256"));
    }
}
