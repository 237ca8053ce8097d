//! OpenPGP transferable public keys, version 4 (RFC 4880 §11.1, RFC 9580 §10.1.1): the packets, read but not believed.
//!
//! What a certificate says counts once its primary key has signed it: [`crate::check::openpgp`] finds that out.
//! Read are RSA and EdDSA (Ed25519, as GnuPG makes it since 2.1) keys and version 4 signatures.

mod armor;
mod key;
mod packet;
mod signature;

pub(crate) use armor::{ARMOR, unarmor};
pub(crate) use key::{KeyPacket, algorithm};
pub(crate) use packet::mpi_values;
pub(crate) use signature::{Headers, HeadersError, Signature};

use super::key::KeyError;
use packet::{Packet, tag};

/// A certificate: its primary key, then user IDs, user attributes and subkeys, each with the signatures after it.
pub(crate) struct Certificate<'a> {
    pub(crate) primary: KeyPacket<'a>,
    /// Signatures on the primary key itself.
    pub(crate) direct: Vec<Signature<'a>>,
    pub(crate) users: Vec<User<'a>>,
    pub(crate) subkeys: Vec<Subkey<'a>>,
}

/// A user ID or user attribute.
pub(crate) struct User<'a> {
    /// What precedes the content where a signature hashes it: type and length (RFC 4880 §5.2.4).
    head: [u8; 5],
    content: &'a [u8],
    pub(crate) signatures: Vec<Signature<'a>>,
}

/// A subkey.
pub(crate) struct Subkey<'a> {
    pub(crate) key: KeyPacket<'a>,
    pub(crate) signatures: Vec<Signature<'a>>,
}

/// Whether binary `bytes` claim to be OpenPGP keys: a public or secret key packet of a known version that fits in.
pub(crate) fn looks_like_keys(bytes: &[u8]) -> bool {
    match packet::first(bytes) {
        Some(Packet { tag: tag::PUBLIC_KEY | tag::SECRET_KEY, body }) => matches!(body.first(), Some(2..=6)),
        _ => false,
    }
}

/// Reads one certificate or several in a row; there is at least one.
pub(crate) fn certificates(bytes: &[u8]) -> Result<Vec<Certificate<'_>>, KeyError> {
    let mut certificates: Vec<Certificate> = Vec::new();
    for packet in packet::all(bytes)? {
        match (packet.tag, certificates.last_mut()) {
            (tag::SECRET_KEY | tag::SECRET_SUBKEY, _) => return Err(KeyError::PrivateKey),
            // Remarks for the program that wrote them; nothing is signed about them.
            (tag::MARKER | tag::TRUST | tag::PADDING, _) => {}
            (tag::PUBLIC_KEY, _) => certificates.push(Certificate {
                primary: KeyPacket::read(packet.body)?,
                direct: Vec::new(),
                users: Vec::new(),
                subkeys: Vec::new(),
            }),
            (_, Some(certificate)) => certificate.take(&packet)?,
            (other, None) => return Err(unexpected(other)),
        }
    }
    match certificates.is_empty() {
        true => Err(KeyError::NotAKey),
        false => Ok(certificates),
    }
}

impl<'a> Certificate<'a> {
    fn take(&mut self, packet: &Packet<'a>) -> Result<(), KeyError> {
        match packet.tag {
            tag::USER_ID => self.users.push(User::new(0xb4, packet.body)),
            tag::USER_ATTRIBUTE => self.users.push(User::new(0xd1, packet.body)),
            tag::PUBLIC_SUBKEY => {
                self.subkeys.push(Subkey { key: KeyPacket::read(packet.body)?, signatures: Vec::new() });
            }
            tag::SIGNATURE => self.last_signatures().push(Signature::read(packet.body)?),
            other => return Err(unexpected(other)),
        }
        Ok(())
    }

    /// The signatures of whatever was read last. User IDs stand before subkeys (RFC 4880 §11.1).
    fn last_signatures(&mut self) -> &mut Vec<Signature<'a>> {
        match (self.subkeys.last_mut(), self.users.last_mut()) {
            (Some(subkey), _) => &mut subkey.signatures,
            (None, Some(user)) => &mut user.signatures,
            (None, None) => &mut self.direct,
        }
    }
}

impl<'a> User<'a> {
    fn new(kind: u8, content: &'a [u8]) -> Self {
        let [a, b, c, d] = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
        Self { head: [kind, a, b, c, d], content, signatures: Vec::new() }
    }

    /// What a signature on it hashes of it.
    pub(crate) fn hashed(&self) -> [&[u8]; 2] {
        [&self.head, self.content]
    }
}

fn unexpected(tag: u8) -> KeyError {
    KeyError::Malformed(format!("an OpenPGP packet of type {tag} has no place in a certificate"))
}

fn malformed(what: &str) -> KeyError {
    KeyError::Malformed(format!("OpenPGP: {what}"))
}
