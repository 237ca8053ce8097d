//! Packets (RFC 4880 §4): a type, a length, a body.

use super::super::key::KeyError;
use super::malformed;
use crate::bytes::Cursor;

/// The values of `N` multiprecision integers that fill `bytes` (RFC 4880 §3.2), big-endian, without leading zeros.
pub(crate) fn mpi_values<const N: usize>(bytes: &[u8]) -> Option<[&[u8]; N]> {
    let mut cursor = Cursor::new(bytes);
    let mut values: [&[u8]; N] = [&[]; N];
    for value in &mut values {
        let bits = u32::from(cursor.u16()?);
        *value = cursor.take(bits.div_ceil(8).try_into().ok()?)?;
        let leading = value.first().map_or(0, |byte| byte.leading_zeros());
        // The count of bits has one spelling for each number.
        if value.len() as u32 * 8 - leading != bits {
            return None;
        }
    }
    cursor.is_empty().then_some(values)
}

/// Packet types (RFC 4880 §4.3, RFC 9580 §5).
pub(super) mod tag {
    pub(crate) const SIGNATURE: u8 = 2;
    pub(crate) const SECRET_KEY: u8 = 5;
    pub(crate) const PUBLIC_KEY: u8 = 6;
    pub(crate) const SECRET_SUBKEY: u8 = 7;
    pub(crate) const MARKER: u8 = 10;
    pub(crate) const TRUST: u8 = 12;
    pub(crate) const USER_ID: u8 = 13;
    pub(crate) const PUBLIC_SUBKEY: u8 = 14;
    pub(crate) const USER_ATTRIBUTE: u8 = 17;
    pub(crate) const PADDING: u8 = 21;
}

pub(super) struct Packet<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
}

/// All packets, up to the end of `bytes`.
pub(super) fn all(bytes: &[u8]) -> Result<Vec<Packet<'_>>, KeyError> {
    let mut cursor = Cursor::new(bytes);
    let mut packets = Vec::new();
    while !cursor.is_empty() {
        packets.push(next(&mut cursor).ok_or_else(|| malformed("a packet's length is wrong"))?);
    }
    Ok(packets)
}

/// The first packet, whatever follows it.
pub(super) fn first(bytes: &[u8]) -> Option<Packet<'_>> {
    next(&mut Cursor::new(bytes))
}

/// The next packet in the old or the new format. Lengths that are not told in advance are for data, not for keys.
fn next<'a>(cursor: &mut Cursor<'a>) -> Option<Packet<'a>> {
    let head = cursor.u8()?;
    let (tag, length) = match head {
        0xc0.. => (head & 0x3f, new_length(cursor)?),
        0x80.. => ((head >> 2) & 0x0f, old_length(cursor, head & 3)?),
        _ => return None,
    };
    Some(Packet { tag, body: cursor.take(length)? })
}

/// A length of the new format (RFC 4880 §4.2.2) without its partial lengths.
fn new_length(cursor: &mut Cursor<'_>) -> Option<usize> {
    match cursor.u8()? {
        first @ ..192 => Some(first.into()),
        first @ 192..224 => Some((usize::from(first - 192) << 8) + usize::from(cursor.u8()?) + 192),
        224..255 => None,
        255 => usize::try_from(cursor.u32()?).ok(),
    }
}

fn old_length(cursor: &mut Cursor<'_>, kind: u8) -> Option<usize> {
    match kind {
        0 => cursor.u8().map(usize::from),
        1 => cursor.u16().map(usize::from),
        2 => usize::try_from(cursor.u32()?).ok(),
        _ => None,
    }
}
