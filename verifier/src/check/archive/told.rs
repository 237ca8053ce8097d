//! What an artifact holds, as JSON text: it crosses from the module that reads archives to the one that verifies. Of a
//! member's digests SHA-256 crosses alone, since inspections record no other.

use super::{ArchiveError, Compression, Listing, Member};
use crate::Hash;
use crate::bytes::hex_decode;
use crate::check::digest::Digests;
use crate::evidence::Contents;
use crate::format::json::{self, Value};
use serde_json::json;

impl Contents {
    /// `{sha256, sha384, sha512, size}` with `{gzip, members: [[path, sha256]], symlinks: [[path, target]]}` or
    /// `{error, is_damage}`.
    pub fn to_json(&self) -> String {
        let hex = |algorithm| self.digests.get(algorithm);
        let digests = json!([hex("sha256"), hex("sha384"), hex("sha512")]);
        let told = match &self.listing {
            Ok(listing) => {
                let members = listing.members.iter().map(|one| [one.path.clone(), one.digests.sha256.to_string()]);
                let members: Vec<_> = members.collect();
                let gzip = listing.compression == Compression::Gzip;
                json!({ "digests": digests, "size": self.digests.size, "gzip": gzip, "members": members, "symlinks": listing.symlinks })
            }
            Err(error) => {
                json!({ "digests": digests, "size": self.digests.size, "error": error.to_string(), "is_damage": error.is_damage() })
            }
        };
        told.to_string()
    }

    /// What [`Self::to_json`] wrote; nothing for any other text.
    pub fn from_json(text: &str) -> Option<Self> {
        let value = json::parse(text.as_bytes()).ok()?;
        Some(Self { digests: digests(&value)?, listing: listing(&value)? })
    }
}

fn digests(value: &Value) -> Option<Digests> {
    let [sha256, sha384, sha512] = value.get("digests")?.as_array()? else { return None };
    let bytes = |digest: &Value| digest.as_str().and_then(hex_decode);
    Some(Digests {
        sha256: Hash::from_slice(&bytes(sha256)?)?,
        sha384: bytes(sha384).and_then(|bytes| bytes.try_into().ok()),
        sha512: bytes(sha512).and_then(|bytes| bytes.try_into().ok()),
        size: value.get("size").and_then(Value::as_u64),
    })
}

fn listing(value: &Value) -> Option<Result<Listing, ArchiveError>> {
    let is = |name| value.get(name) == Some(&Value::Bool(true));
    if let Some(text) = value.get("error").and_then(Value::as_str) {
        return Some(Err(ArchiveError::Told { text: text.to_owned(), is_damage: is("is_damage") }));
    }
    let compression = if is("gzip") { Compression::Gzip } else { Compression::None };
    let members = pairs(value.get("members")?)?.into_iter().map(|(path, sha256)| {
        let digests = Digests::known(Hash::from_hex(&sha256)?);
        Some(Member { path, digests })
    });
    let members = members.collect::<Option<_>>()?;
    Some(Ok(Listing { compression, members, symlinks: pairs(value.get("symlinks")?)? }))
}

fn pairs(value: &Value) -> Option<Vec<(String, String)>> {
    let pair = |pair: &Value| match pair.as_array()? {
        [one, other] => Some((one.as_str()?.to_owned(), other.as_str()?.to_owned())),
        _ => None,
    };
    value.as_array()?.iter().map(pair).collect()
}
