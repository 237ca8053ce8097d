//! OpenPGP certificates that are right but for one thing: which of their keys sign, and who says so.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use certificates::{CREATED, Key, flags, made, packet, subpacket, user};
use rekor_verifier::format::key::{KeyError, PublicKey};
use std::borrow::Cow;

mod certificates;

const PUBLIC_KEY: u8 = 6;
const SUBKEY: u8 = 14;
const SIGNATURE: u8 = 2;

const NO_SELF_SIGNATURE: KeyError = KeyError::Unusable(Cow::Borrowed("it has no valid self-signature"));
const NO_KEY: KeyError =
    KeyError::Unusable(Cow::Borrowed("none of its keys is marked, bound and unrevoked for signing"));
const REVOKED: KeyError = KeyError::Unusable(Cow::Borrowed("it is revoked"));
const SHA1: KeyError = KeyError::UnsupportedHash(Cow::Borrowed("SHA-1"));

/// How many keys the packets give.
fn keys(packets: &[&[u8]]) -> Result<usize, KeyError> {
    PublicKey::parse_all(&packets.concat()).map(|keys| keys.len())
}

/// A primary key with one user ID, and a self-signature for each list of hashed subpackets.
fn certified(signatures: &[(u8, &[Vec<u8>])]) -> Result<usize, KeyError> {
    let key = Key::new(1);
    let (name, hashed) = user("Somebody");
    let sign = |(hash, subpackets): &(u8, &[Vec<u8>])| {
        packet(SIGNATURE, &key.sign(0x13, *hash, subpackets, &[], &[&key.hashed(), &hashed]))
    };
    let signatures: Vec<u8> = signatures.iter().flat_map(sign).collect();
    keys(&[&packet(PUBLIC_KEY, &key.body), &name, &signatures])
}

#[test]
fn the_newest_self_signature_says_what_the_primary_key_does() {
    assert_eq!(certified(&[(8, &[made(0), flags(3)])]), Ok(1));
    assert_eq!(certified(&[(8, &[made(0)])]), Ok(1), "without flags nothing is forbidden");
    assert_eq!(certified(&[(8, &[made(0), flags(1)])]), Err(NO_KEY));
    assert_eq!(certified(&[(8, &[made(0), subpacket(27, &[])])]), Err(NO_KEY));
    for newest in [(8, &[made(9), flags(1)][..]), (10, &[made(9), flags(1)])] {
        let older = (8, &[made(0), flags(3)][..]);
        assert_eq!(certified(&[older, newest]), Err(NO_KEY));
        assert_eq!(certified(&[newest, older]), Err(NO_KEY));
    }
    assert_eq!(certified(&[(9, &[made(9), flags(3)]), (8, &[made(0), flags(1)])]), Ok(1));
    assert_eq!(certified(&[]), Err(NO_SELF_SIGNATURE));
}

#[test]
fn outdated_hashes_do_not_vouch() {
    assert_eq!(certified(&[(2, &[made(0)])]), Err(SHA1));
    assert_eq!(certified(&[(8, &[made(0)]), (2, &[made(9)])]), Err(SHA1), "what the newest says cannot be told");
    assert_eq!(certified(&[(2, &[made(0)]), (8, &[made(9)])]), Ok(1), "renewed");
    assert_eq!(certified(&[(1, &[made(0)])]), Err(KeyError::UnsupportedHash(Cow::Borrowed("MD5"))));
}

#[test]
fn self_signatures_that_do_not_count() {
    let other = Key::new(2);
    let without = |subpackets: &[Vec<u8>]| certified(&[(8, subpackets)]);
    assert_eq!(without(&[]), Err(NO_SELF_SIGNATURE), "no date");
    assert_eq!(without(&[subpacket(2, &[1])]), Err(NO_SELF_SIGNATURE), "no date of four bytes");
    assert_eq!(without(&[made(0), subpacket(0x80 | 99, &[1])]), Err(NO_SELF_SIGNATURE), "critical and unknown");
    assert_eq!(without(&[made(0), subpacket(99, &[1])]), Ok(1));
    assert_eq!(without(&[made(0), subpacket(0x80 | 27, &[2])]), Ok(1), "critical and understood");
    assert_eq!(without(&[made(0), subpacket(3, &[0, 0, 0, 9])]), Err(NO_SELF_SIGNATURE), "it ends");
    assert_eq!(without(&[made(0), subpacket(3, &[0; 4])]), Ok(1), "it ends never");
    assert_eq!(without(&[made(0), subpacket(16, &[0; 8])]), Err(NO_SELF_SIGNATURE), "by another key");
    assert_eq!(without(&[made(0), subpacket(33, &[4; 21])]), Err(NO_SELF_SIGNATURE), "by another key");
    assert_eq!(without(&[made(0), subpacket(33, &[6; 33])]), Err(NO_SELF_SIGNATURE), "by a key of version 6");
    let (key, (name, hashed)) = (Key::new(1), user("Somebody"));
    let primary = packet(PUBLIC_KEY, &key.body);
    let forged = other.sign(0x13, 8, &[made(0)], &[], &[&key.hashed(), &hashed]);
    assert_eq!(keys(&[&primary, &name, &packet(SIGNATURE, &forged)]), Err(NO_SELF_SIGNATURE));
    let over_nobody = key.sign(0x13, 8, &[made(0)], &[], &[&key.hashed()]);
    assert_eq!(keys(&[&primary, &name, &packet(SIGNATURE, &over_nobody)]), Err(NO_SELF_SIGNATURE));
    let other_type = key.sign(0x14, 8, &[made(0)], &[], &[&key.hashed(), &hashed]);
    assert_eq!(keys(&[&primary, &name, &packet(SIGNATURE, &other_type)]), Err(NO_SELF_SIGNATURE));
}

#[test]
fn direct_signatures_and_user_attributes_vouch_too() {
    let key = Key::new(1);
    let primary = packet(PUBLIC_KEY, &key.body);
    let direct = key.sign(0x1f, 8, &[made(0), flags(2)], &[], &[&key.hashed()]);
    assert_eq!(keys(&[&primary, &packet(SIGNATURE, &direct)]), Ok(1));
    let document = key.sign(0x00, 8, &[made(0), flags(2)], &[], &[&key.hashed()]);
    assert_eq!(
        keys(&[&primary, &packet(SIGNATURE, &document)]),
        Err(NO_SELF_SIGNATURE),
        "it signed these bytes as a file"
    );
    let content = [7; 200];
    let hashed = [&[0xd1, 0, 0, 0, 200][..], &content].concat();
    let vouches = key.sign(0x10, 8, &[made(0), flags(2)], &[], &[&key.hashed(), &hashed]);
    assert_eq!(keys(&[&primary, &packet(17, &content), &packet(SIGNATURE, &vouches)]), Ok(1));
    assert_eq!(keys(&[&primary, &packet(13, &content), &packet(SIGNATURE, &vouches)]), Err(NO_SELF_SIGNATURE));
}

/// A primary key that only certifies, with a subkey and these signature bodies on it.
fn bound(primary: &Key, subkey: &Key, signatures: &[Vec<u8>]) -> Result<usize, KeyError> {
    keys(&[&certifier(primary), &packet(SUBKEY, &subkey.body), &signature_packets(signatures)])
}

fn certifier(primary: &Key) -> Vec<u8> {
    let (name, hashed) = user("Somebody");
    let vouches = primary.sign(0x13, 8, &[made(0), flags(1)], &[], &[&primary.hashed(), &hashed]);
    [packet(PUBLIC_KEY, &primary.body), name, packet(SIGNATURE, &vouches)].concat()
}

fn signature_packets(bodies: &[Vec<u8>]) -> Vec<u8> {
    bodies.iter().flat_map(|body| packet(SIGNATURE, body)).collect()
}

#[test]
fn a_subkey_is_bound_by_both_keys() {
    let (primary, subkey, stranger) = (Key::new(1), Key::new(2), Key::new(3));
    let over = [&primary.hashed()[..], &subkey.hashed()];
    let own = |by: &Key, kind: u8, over: &[&[u8]]| subpacket(32, &by.sign(kind, 8, &[made(0)], &[], over));
    let agrees = own(&subkey, 0x19, &over);
    let binding =
        |by: &Key, subpackets: &[Vec<u8>], unhashed: &[Vec<u8>]| by.sign(0x18, 8, subpackets, unhashed, &over);
    let signs = [made(0), flags(2)];
    let good = binding(&primary, &signs, std::slice::from_ref(&agrees));
    assert_eq!(bound(&primary, &subkey, std::slice::from_ref(&good)), Ok(1));
    let hashed = [made(0), flags(2), agrees.clone()];
    assert_eq!(bound(&primary, &subkey, &[binding(&primary, &hashed, &[])]), Ok(1));
    // Somebody binds a stranger's subkey as theirs.
    assert_eq!(bound(&primary, &subkey, &[binding(&primary, &signs, &[])]), Err(NO_KEY));
    for not_agreed in [own(&primary, 0x19, &over), own(&stranger, 0x19, &over), own(&subkey, 0x18, &over)] {
        assert_eq!(bound(&primary, &subkey, &[binding(&primary, &signs, &[not_agreed])]), Err(NO_KEY));
    }
    let for_another = own(&subkey, 0x19, &[&stranger.hashed(), &subkey.hashed()]);
    assert_eq!(bound(&primary, &subkey, &[binding(&primary, &signs, &[for_another])]), Err(NO_KEY));
    // Somebody's subkey offers itself to a primary key.
    assert_eq!(bound(&primary, &subkey, &[binding(&subkey, &signs, std::slice::from_ref(&agrees))]), Err(NO_KEY));
    assert_eq!(bound(&primary, &subkey, &[binding(&stranger, &signs, std::slice::from_ref(&agrees))]), Err(NO_KEY));
    assert_eq!(bound(&primary, &subkey, &[]), Err(NO_KEY));
    // A subkey that is not said to sign; a newer binding that takes it back.
    for not_signing in [&[made(9), flags(12)][..], &[made(9)]] {
        let newer = binding(&primary, not_signing, std::slice::from_ref(&agrees));
        assert_eq!(bound(&primary, &subkey, std::slice::from_ref(&newer)), Err(NO_KEY));
        assert_eq!(bound(&primary, &subkey, &[good.clone(), newer]), Err(NO_KEY));
    }
    let outdated = primary.sign(0x18, 2, &[made(9), flags(2)], &[agrees], &over);
    assert_eq!(bound(&primary, &subkey, std::slice::from_ref(&outdated)), Err(SHA1));
    assert_eq!(bound(&primary, &subkey, &[good, outdated]), Err(SHA1));
}

#[test]
fn revocations() {
    let (primary, subkey, stranger) = (Key::new(1), Key::new(2), Key::new(3));
    let over = [&primary.hashed()[..], &subkey.hashed()];
    let agrees = subpacket(32, &subkey.sign(0x19, 8, &[made(0)], &[], &over));
    let good = primary.sign(0x18, 8, &[made(5), flags(2)], &[agrees], &over);
    let with = |body: Vec<u8>| bound(&primary, &subkey, &[good.clone(), body]);
    // Older than the binding, without a date, with an outdated hash: a no is a no.
    for (hash, subpackets) in
        [(8, vec![made(0)]), (8, vec![]), (2, vec![made(9)]), (8, vec![subpacket(0x80 | 99, &[])])]
    {
        assert_eq!(with(primary.sign(0x28, hash, &subpackets, &[], &over)), Err(NO_KEY));
    }
    let version_3 = vec![3, 5, 0x28, 0, 0, 0, 0];
    assert_eq!(with(version_3), Err(NO_KEY));
    // By others, over something else, of another type, with a key's algorithm that is not the key's.
    assert_eq!(with(stranger.sign(0x28, 8, &[made(9)], &[], &over)), Ok(1));
    assert_eq!(with(subkey.sign(0x28, 8, &[made(9)], &[], &over)), Ok(1));
    assert_eq!(with(primary.sign(0x28, 8, &[made(9)], &[], &[&primary.hashed()])), Ok(1));
    assert_eq!(with(primary.sign(0x20, 8, &[made(9)], &[], &over)), Ok(1));
    let claims_another = primary.sign(0x28, 8, &[made(9), subpacket(16, &[0; 8])], &[], &over);
    assert_eq!(with(claims_another), Ok(1));
    let mut other_algorithm = primary.sign(0x28, 8, &[made(9)], &[], &over);
    other_algorithm[2] = 17;
    assert_eq!(with(other_algorithm), Ok(1));
}

#[test]
fn a_revoked_primary_key_takes_everything_with_it() {
    let (primary, stranger, (name, hashed)) = (Key::new(1), Key::new(2), user("Somebody"));
    let over = [&primary.hashed()[..], &hashed];
    let vouches = packet(SIGNATURE, &primary.sign(0x13, 8, &[made(0), flags(3)], &[], &over));
    let key = packet(PUBLIC_KEY, &primary.body);
    let revoked = |by: &Key, kind: u8| {
        let body = by.sign(kind, 8, &[made(9)], &[], &[&primary.hashed()]);
        keys(&[&key, &packet(SIGNATURE, &body), &name, &vouches])
    };
    assert_eq!(revoked(&primary, 0x20), Err(REVOKED));
    assert_eq!(revoked(&stranger, 0x20), Ok(1));
    let user_revoked = packet(SIGNATURE, &primary.sign(0x30, 8, &[made(9)], &[], &over));
    assert_eq!(keys(&[&key, &name, &vouches, &user_revoked]), Err(NO_SELF_SIGNATURE));
    let by_stranger = packet(SIGNATURE, &stranger.sign(0x30, 8, &[made(9)], &[], &over));
    assert_eq!(keys(&[&key, &name, &vouches, &by_stranger]), Ok(1));
}

#[test]
fn the_earlier_end_counts() {
    let (primary, subkey, (name, hashed)) = (Key::new(1), Key::new(2), user("Somebody"));
    let period = |seconds: u32| subpacket(9, &seconds.to_be_bytes());
    let expires = |of_primary: u32, of_subkey: u32| {
        let vouches = [made(0), flags(3), period(of_primary)];
        let vouches = primary.sign(0x13, 8, &vouches, &[], &[&primary.hashed(), &hashed]);
        let over = [&primary.hashed()[..], &subkey.hashed()];
        let agrees = subpacket(32, &subkey.sign(0x19, 8, &[made(0)], &[], &over));
        let binding = primary.sign(0x18, 8, &[made(0), flags(2), period(of_subkey)], &[agrees], &over);
        let parts = [packet(PUBLIC_KEY, &primary.body), name.clone(), packet(SIGNATURE, &vouches)];
        let bound = [packet(SUBKEY, &subkey.body), packet(SIGNATURE, &binding)];
        let keys = PublicKey::parse_all(&[parts.concat(), bound.concat()].concat()).unwrap();
        keys.iter().map(|key| key.expires().map(|at| at - i64::from(CREATED))).collect::<Vec<_>>()
    };
    assert_eq!(expires(0, 0), [None, None]);
    assert_eq!(expires(10, 0), [Some(10), Some(10)]);
    assert_eq!(expires(10, 5), [Some(10), Some(5)]);
    assert_eq!(expires(10, 20), [Some(10), Some(10)]);
    assert_eq!(expires(0, 20), [None, Some(20)]);
}

#[test]
fn packets_that_have_a_place_and_packets_that_have_none() {
    let primary = Key::new(1);
    let (name, hashed) = user(&"n".repeat(9000));
    let vouches = packet(SIGNATURE, &primary.sign(0x13, 8, &[made(0)], &[], &[&primary.hashed(), &hashed]));
    let key = packet(PUBLIC_KEY, &primary.body);
    for (tag, expected) in [(10, true), (12, true), (21, true), (8, false), (11, false), (1, false), (63, false)] {
        let found = keys(&[&key, &packet(tag, b"PGP"), &name, &vouches]);
        assert_eq!(found == Ok(1), expected, "{tag}: {found:?}");
        assert!(expected || matches!(found, Err(KeyError::Malformed(_))));
    }
    assert_eq!(keys(&[&key, &packet(7, b"x"), &name, &vouches]), Err(KeyError::PrivateKey));
    assert!(matches!(keys(&[&key, &[0xc0 | 13, 224], &name, &vouches]), Err(KeyError::Malformed(_))), "partial length");
    assert!(matches!(keys(&[&key, &[0x80 | (13 << 2) | 3], &name]), Err(KeyError::Malformed(_))), "no length");
    assert_eq!(keys(&[&[0xc0 | PUBLIC_KEY, 224], &primary.body]), Err(KeyError::NotAKey));
}
