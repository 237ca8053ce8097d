//! Makes OpenPGP certificates that gpg would not make: every field is the test's own (RFC 4880 §4, §5).

use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// When the keys were made, in seconds since 1970.
pub const CREATED: u32 = 1_700_000_000;

/// An Ed25519 key and the body of its packet.
pub struct Key {
    secret: SigningKey,
    pub body: Vec<u8>,
}

/// The hash that a signature states: 8, 9, 10 for SHA-2's; of others the digest is SHA-256's.
pub type HashId = u8;

impl Key {
    pub fn new(seed: u8) -> Self {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let oid = [9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1];
        let point = mpi(&[&[0x40], &secret.verifying_key().to_bytes()[..]].concat());
        let body = [&[4][..], &CREATED.to_be_bytes(), &[22], &oid, &point].concat();
        Self { secret, body }
    }

    /// What signatures hash of it.
    pub fn hashed(&self) -> Vec<u8> {
        [&[0x99][..], &u16::try_from(self.body.len()).unwrap().to_be_bytes(), &self.body].concat()
    }

    /// A signature packet's body over `over`, with these hashed and unhashed subpackets.
    pub fn sign(&self, kind: u8, hash: HashId, hashed: &[Vec<u8>], unhashed: &[Vec<u8>], over: &[&[u8]]) -> Vec<u8> {
        let (hashed, unhashed) = (hashed.concat(), unhashed.concat());
        let length = |part: &[u8]| u16::try_from(part.len()).unwrap().to_be_bytes();
        let headers = [&[4, kind, 22, hash][..], &length(&hashed), &hashed].concat();
        let trailer = [&[4, 0xff][..], &u32::try_from(headers.len()).unwrap().to_be_bytes()].concat();
        let signed = [over.concat(), headers.clone(), trailer].concat();
        let digest = match hash {
            9 => Sha384::digest(&signed).to_vec(),
            10 => Sha512::digest(&signed).to_vec(),
            _ => Sha256::digest(&signed).to_vec(),
        };
        let signature = self.secret.sign(&digest).to_bytes();
        let numbers = [mpi(&signature[..32]), mpi(&signature[32..])].concat();
        [&headers[..], &length(&unhashed), &unhashed, &digest[..2], &numbers].concat()
    }
}

fn mpi(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros..];
    let bits = number.len() * 8 - number[0].leading_zeros() as usize;
    [&u16::try_from(bits).unwrap().to_be_bytes()[..], number].concat()
}

/// A packet of the new format.
pub fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = match body.len() {
        short @ ..192 => vec![u8::try_from(short).unwrap()],
        length @ 192..8384 => vec![u8::try_from((length - 192) >> 8).unwrap() + 192, ((length - 192) & 0xff) as u8],
        long => [&[255][..], &u32::try_from(long).unwrap().to_be_bytes()].concat(),
    };
    [&[0xc0 | tag][..], &length, body].concat()
}

/// A user ID as a packet, and what signatures hash of it.
pub fn user(name: &str) -> (Vec<u8>, Vec<u8>) {
    let hashed = [&[0xb4][..], &u32::try_from(name.len()).unwrap().to_be_bytes(), name.as_bytes()].concat();
    (packet(13, name.as_bytes()), hashed)
}

/// A subpacket of less than 192 bytes, or of 192 to 8383.
pub fn subpacket(kind: u8, body: &[u8]) -> Vec<u8> {
    packet(0, &[&[kind], body].concat())[1..].to_vec()
}

/// "Made so many seconds after the key."
pub fn made(after: u32) -> Vec<u8> {
    subpacket(2, &(CREATED + after).to_be_bytes())
}

/// Key flags: 1 certifies, 2 signs, 12 encrypts.
pub fn flags(flags: u8) -> Vec<u8> {
    subpacket(27, &[flags])
}
