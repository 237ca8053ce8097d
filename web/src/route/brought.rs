//! What an address brings to the check: small evidence, and claims.
//!
//! ```text
//! v=1                                the version of this encoding; without it nothing is brought
//! file=NAME,BASE64URL                a small file: a link, a bundle, a receipt, a key; several times
//! artifact=SHA256,NAME               a file that the address is about, and does not hold; several times
//! identity=TEXT  issuer=URL          who the address says has signed: a claim, and no choice of the reader's
//! ```

use super::escape::{base64, unbase64};
use super::{AddressError, Parameters, bounded};
use crate::model::Identity;

/// The one version of the encoding.
const VERSION: &str = "1";

/// The most files, and the most claims on files, that an address brings.
const MOST: usize = 32;

/// The longest name of a file, and the longest identity, in bytes.
const LONGEST_NAME: usize = 1_024;

/// What an address brings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brought {
    /// Evidence, as if it had been dropped.
    pub files: Vec<BroughtFile>,
    /// The files that it is about.
    pub artifacts: Vec<Claim>,
    /// Whom it claims to have signed.
    pub identity: Option<Identity>,
}

/// A small file.
#[derive(Clone, Debug, PartialEq)]
pub struct BroughtFile {
    /// What it is called; anything.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A file that an address is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Lower-case hex.
    pub sha256: String,
    /// What it is called; anything.
    pub name: String,
}

impl Brought {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn take(parameters: &mut Parameters) -> Result<Self, AddressError> {
        match parameters.take("v") {
            None => return Ok(Self::default()),
            Some(version) if version != VERSION => return Err(AddressError::Version(super::shortened(&version))),
            Some(_) => {}
        }
        let files = all(parameters, "file", file)?;
        let artifacts = all(parameters, "artifact", artifact)?;
        let identity = match (parameters.take("identity"), parameters.take("issuer")) {
            (None, None) => None,
            (Some(identity), Some(issuer)) => Some(Identity {
                identity: bounded(identity, LONGEST_NAME, "identity")?,
                issuer: bounded(issuer, LONGEST_NAME, "issuer")?,
            }),
            (None, Some(_)) => return Err(AddressError::Value("identity")),
            (Some(_), None) => return Err(AddressError::Value("issuer")),
        };
        Ok(Self { files, artifacts, identity })
    }

    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut parameters = vec![("v", VERSION.to_owned())];
        // The name comes last where the other part has no comma, and first where a base64url text follows: either
        // way the first or the last comma parts them.
        parameters.extend(self.artifacts.iter().map(|it| ("artifact", format!("{},{}", it.sha256, it.name))));
        if let Some(Identity { identity, issuer }) = &self.identity {
            parameters.extend([("identity", identity.clone()), ("issuer", issuer.clone())]);
        }
        parameters.extend(self.files.iter().map(|it| ("file", format!("{},{}", it.name, base64(&it.bytes)))));
        parameters
    }
}

fn all<T>(
    parameters: &mut Parameters,
    name: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<Vec<T>, AddressError> {
    let mut found = Vec::new();
    while let Some(value) = parameters.take(name) {
        if found.len() == MOST {
            return Err(AddressError::Parameter(name.to_owned()));
        }
        found.push(read(&value).ok_or(AddressError::Value(name))?);
    }
    Ok(found)
}

fn file(value: &str) -> Option<BroughtFile> {
    let (name, bytes) = value.rsplit_once(',')?;
    Some(BroughtFile { name: file_name(name)?, bytes: unbase64(bytes)? })
}

fn artifact(value: &str) -> Option<Claim> {
    let (sha256, name) = value.split_once(',')?;
    let digest = sha256.len() == 64 && sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    Some(Claim { sha256: digest.then(|| sha256.to_owned())?, name: file_name(name)? })
}

fn file_name(name: &str) -> Option<String> {
    (!name.is_empty() && name.len() <= LONGEST_NAME).then(|| name.to_owned())
}
