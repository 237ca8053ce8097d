//! What an entry, its digest list and its body say of each other.

use super::{AuditError, Audited, Fault, Keep};
use crate::source::{Kept, Source};
use crate::tree::sha256;
use rekor_verifier::Hash;
use rekor_verifier::check::link::{AdmitError, Admitted, admit_by};
use rekor_verifier::format::entry::{EntryError, LinkEntry};
use std::fmt;

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryFault {
    /// It is of kind `link`, and not in its one form.
    Form(EntryError),
    /// The log has no digest list for it: what it is found under is the log's word alone.
    NoDigestList,
    /// The bytes that the log keeps under this SHA-256 have another.
    Blob(Hash),
    /// The body could not have been admitted.
    Refused(AdmitError),
    /// The body gives another entry.
    OtherEntry,
    /// The body gives another digest list.
    OtherDigestList,
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(error) => error.fmt(f),
            Self::NoDigestList => f.write_str("its digest list is missing"),
            Self::Blob(hash) => write!(f, "the bytes kept under SHA-256 {hash} have another"),
            Self::Refused(error) => write!(f, "its body could not have been admitted: {error}"),
            Self::OtherEntry => f.write_str("its body gives another entry"),
            Self::OtherDigestList => f.write_str("its body gives another digest list"),
        }
    }
}

/// Makes the entry again from its body, where the log keeps that, and compares.
pub(super) fn check_entry(
    source: &mut dyn Source,
    keep: &mut dyn Keep,
    index: u64,
    leaf: &[u8],
    audited: &mut Audited,
) -> Result<(), AuditError> {
    let wrong = |fault| AuditError::Fault(Fault::Entry { index, fault });
    let entry = match LinkEntry::parse(leaf) {
        Ok(entry) => entry,
        Err(EntryError::OtherKind(_) | EntryError::Json(_)) => {
            audited.other_kinds += 1;
            return Ok(());
        }
        Err(error) => return Err(wrong(EntryFault::Form(error))),
    };
    let mut blob = |hash: &Hash| {
        let kept = source.blob(hash)?;
        match &kept {
            Kept::Bytes(bytes) if sha256(bytes) != *hash => Err(wrong(EntryFault::Blob(*hash))),
            Kept::Bytes(bytes) => keep.blob(hash, bytes).map(|()| kept),
            Kept::Erased => keep.erased(hash).map(|()| kept),
            Kept::Nothing => Ok(kept),
        }
    };
    let digest_list = match blob(&entry.digest_list)? {
        Kept::Bytes(list) => Some(list),
        Kept::Erased => None,
        Kept::Nothing => return Err(wrong(EntryFault::NoDigestList)),
    };
    audited.erased_lists += u64::from(digest_list.is_none());
    let body = match blob(&entry.file)? {
        Kept::Bytes(body) => body,
        Kept::Erased => {
            audited.erased_bodies += 1;
            return Ok(());
        }
        Kept::Nothing => {
            audited.without_body += 1;
            return Ok(());
        }
    };
    let again = admit_again(&body, &entry).map_err(|error| wrong(EntryFault::Refused(error)))?;
    if again.entry.encode() != leaf {
        return Err(wrong(EntryFault::OtherEntry));
    }
    if digest_list.is_some_and(|list| again.digest_list.as_bytes() != list) {
        return Err(wrong(EntryFault::OtherDigestList));
    }
    audited.bodies += 1;
    audited.signatures += entry.signatures.len() as u64;
    Ok(())
}

/// The body as it would be admitted under the keys that the entry names.
fn admit_again(body: &[u8], entry: &LinkEntry) -> Result<Admitted, AdmitError> {
    let keys: Vec<_> = entry.signatures.iter().map(|signature| std::slice::from_ref(&signature.key)).collect();
    admit_by(body, &keys)
}
