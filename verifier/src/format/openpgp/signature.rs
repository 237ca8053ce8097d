//! Signature packets, version 4 (RFC 4880 §5.2.3), and their subpackets.

use super::super::key::KeyError;
use super::malformed;
use crate::bytes::Cursor;

/// Subpacket types (RFC 4880 §5.2.3.1, RFC 9580 §5.2.3.7).
mod subpacket {
    pub(super) const CREATED: u8 = 2;
    pub(super) const EXPIRES: u8 = 3;
    pub(super) const KEY_EXPIRES: u8 = 9;
    pub(super) const ISSUER: u8 = 16;
    pub(super) const KEY_FLAGS: u8 = 27;
    pub(super) const EMBEDDED: u8 = 32;
    pub(super) const ISSUER_FINGERPRINT: u8 = 33;
    /// Types whose word changes nothing here, so that they may be critical: exportable, revocable, preferences,
    /// primary user ID, policy, signer's user ID, reason for revocation, features.
    pub(super) const HARMLESS: [u8; 11] = [4, 7, 11, 21, 22, 23, 25, 26, 28, 29, 30];
}

/// The hashed part of a signature: from its version to its last hashed subpacket. securesystemslib keeps these bytes
/// as `other_headers`.
#[derive(Debug)]
pub(crate) struct Headers<'a> {
    /// The bytes, as they enter the digest.
    pub(crate) bytes: &'a [u8],
    /// What it signs: 0x00 a document, 0x10 to 0x13 a user ID, 0x18 a subkey (RFC 4880 §5.2.1).
    pub(crate) kind: u8,
    /// The public-key algorithm.
    pub(crate) algorithm: u8,
    /// The hash algorithm.
    pub(crate) hash: u8,
    subpackets: Vec<Subpacket<'a>>,
}

#[derive(Debug)]
struct Subpacket<'a> {
    kind: u8,
    critical: bool,
    body: &'a [u8],
}

/// Why headers are not those of a signature that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadersError {
    /// A version other than 4.
    Version(u8),
    /// Cut off, or longer than they say.
    Malformed,
}

/// A signature packet; of other versions than 4 no more than this.
pub(crate) struct Signature<'a> {
    headers: Result<Headers<'a>, HeadersError>,
    kind: u8,
    unhashed: Vec<Subpacket<'a>>,
    /// The algorithm's own part.
    pub(crate) numbers: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Reads headers that fill `bytes`.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, HeadersError> {
        let mut cursor = Cursor::new(bytes);
        match cursor.u8().ok_or(HeadersError::Malformed)? {
            4 => {}
            version => return Err(HeadersError::Version(version)),
        }
        let mut read = || {
            let (kind, algorithm, hash) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
            let length = cursor.u16()?.into();
            let subpackets = subpackets(cursor.take(length)?)?;
            cursor.is_empty().then_some(Self { bytes, kind, algorithm, hash, subpackets })
        };
        read().ok_or(HeadersError::Malformed)
    }

    /// The first subpacket that must be understood and is not (RFC 4880 §5.2.3.1).
    pub(crate) fn unknown_critical(&self) -> Option<u8> {
        use subpacket::*;
        let known = |kind| {
            HARMLESS.contains(&kind)
                || matches!(kind, CREATED | EXPIRES | KEY_EXPIRES | ISSUER | KEY_FLAGS | EMBEDDED | ISSUER_FINGERPRINT)
        };
        self.subpackets.iter().find(|one| one.critical && !known(one.kind)).map(|one| one.kind)
    }

    /// When it was made, in seconds since 1970.
    pub(crate) fn created(&self) -> Option<u32> {
        self.number(subpacket::CREATED)
    }

    /// Whether it ends to be good some time after it was made.
    pub(crate) fn ends(&self) -> bool {
        // A body of another length than four bytes is no number: it is taken for an end as well.
        self.find(subpacket::EXPIRES).is_some_and(|body| body != [0; 4])
    }

    /// For how long the key is good after it was made, in seconds; 0 or nothing for without end.
    pub(crate) fn key_period(&self) -> Option<u32> {
        self.number(subpacket::KEY_EXPIRES)
    }

    /// The first octet of the key flags (RFC 4880 §5.2.3.21); 0x02 is "may sign data".
    pub(crate) fn key_flags(&self) -> Option<u8> {
        self.find(subpacket::KEY_FLAGS).map(|body| body.first().copied().unwrap_or(0))
    }

    fn number(&self, kind: u8) -> Option<u32> {
        self.find(kind).and_then(|body| body.try_into().ok()).map(u32::from_be_bytes)
    }

    /// The last one counts (RFC 4880 §5.2.4.1).
    fn find(&self, kind: u8) -> Option<&'a [u8]> {
        self.subpackets.iter().rev().find(|one| one.kind == kind).map(|one| one.body)
    }
}

impl<'a> Signature<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, KeyError> {
        parse(body).ok_or_else(|| malformed("a signature packet is cut off"))
    }

    /// What it signs (RFC 4880 §5.2.1).
    pub(crate) fn kind(&self) -> u8 {
        self.kind
    }

    /// Its headers, if they are of version 4.
    pub(crate) fn headers(&self) -> Option<&Headers<'a>> {
        self.headers.as_ref().ok()
    }

    /// Whether it says to be by the key with this fingerprint, or does not say by whom it is.
    pub(crate) fn claims(&self, fingerprint: &[u8; 20]) -> bool {
        let hashed = self.headers().map(|headers| headers.subpackets.as_slice()).unwrap_or_default();
        let mut issuers = hashed.iter().chain(&self.unhashed).filter_map(|one| match (one.kind, one.body) {
            (subpacket::ISSUER, id) => Some(fingerprint.ends_with(id)),
            (subpacket::ISSUER_FINGERPRINT, [4, id @ ..]) => Some(id == fingerprint),
            (subpacket::ISSUER_FINGERPRINT, _) => Some(false),
            _ => None,
        });
        issuers.all(|same| same)
    }

    /// The signatures embedded in it, hashed or not: they are checked by themselves.
    pub(crate) fn embedded(&self) -> Vec<Signature<'a>> {
        let hashed = self.headers().map(|headers| headers.subpackets.as_slice()).unwrap_or_default();
        let all = hashed.iter().chain(&self.unhashed);
        all.filter(|one| one.kind == subpacket::EMBEDDED).filter_map(|one| parse(one.body)).collect()
    }
}

fn parse(body: &[u8]) -> Option<Signature<'_>> {
    let (version, kind) = (*body.first()?, *body.get(1)?);
    if version != 4 {
        // Version 3 has a length octet, always 5, before the type (RFC 4880 §5.2.2).
        let kind = if version == 3 { *body.get(2)? } else { kind };
        return Some(Signature {
            headers: Err(HeadersError::Version(version)),
            kind,
            unhashed: Vec::new(),
            numbers: &[],
        });
    }
    let mut cursor = Cursor::new(body);
    cursor.take(4)?;
    let hashed = usize::from(cursor.u16()?);
    cursor.take(hashed)?;
    let headers = Headers::parse(body.get(..6 + hashed)?);
    let unhashed = cursor.u16()?.into();
    let unhashed = subpackets(cursor.take(unhashed)?)?;
    // Two octets of the digest, for a quick no; the signature itself says the same.
    cursor.take(2)?;
    Some(Signature { headers, kind, unhashed, numbers: cursor.rest() })
}

fn subpackets(bytes: &[u8]) -> Option<Vec<Subpacket<'_>>> {
    let mut cursor = Cursor::new(bytes);
    let mut found = Vec::new();
    while !cursor.is_empty() {
        let length = subpacket_length(&mut cursor)?;
        let (head, body) = cursor.take(length)?.split_first()?;
        found.push(Subpacket { kind: head & 0x7f, critical: head & 0x80 != 0, body });
    }
    Some(found)
}

/// RFC 4880 §5.2.3.1: as for packets, but without partial lengths.
fn subpacket_length(cursor: &mut Cursor<'_>) -> Option<usize> {
    match cursor.u8()? {
        first @ ..192 => Some(first.into()),
        first @ 192..255 => Some((usize::from(first - 192) << 8) + usize::from(cursor.u8()?) + 192),
        255 => usize::try_from(cursor.u32()?).ok(),
    }
}
