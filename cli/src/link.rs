//! `rekor link`: makes a link file, for whoever has no other tool for it at hand.

use crate::{Failure, Outcome, files};
use clap::Args;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey};
use rekor_verifier::bytes::base64_encode;
use rekor_verifier::format::dsse::{IN_TOTO, pae};
use rekor_verifier::format::key::{MAX_KEY_FILE, PublicKey};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  openssl genpkey -algorithm ed25519 -out release.key
  rekor link --step release --signing-key release.key --output release.link foo.tar.gz > release.pub
  rekor add --linkfile release.link --public-key release.pub --receipt release.link.tlog-proof

It prints the signer's public key.

Exit codes: 0 done, 2 trouble.";

/// Make a link file: a signed statement that a step made these files.
///
/// The link names each file by its path and its SHA-256, as a product, and says nothing of inputs or commands: in-toto's
/// own tools, which run the step, know more of it. It is a DSSE envelope with one signature by Ed25519.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct MakeLink {
    /// The name of the step
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    step: String,

    /// The signer's private key: Ed25519, PKCS#8 PEM
    #[arg(long, value_name = "FILE")]
    signing_key: PathBuf,

    /// Where there is no such file, make the key, readable by you alone
    #[arg(long)]
    make_key: bool,

    /// The folder below which the files lie, and are named
    #[arg(long, value_name = "DIR", default_value = ".")]
    base: PathBuf,

    /// Write the link to this file
    #[arg(long, value_name = "FILE")]
    output: PathBuf,

    /// The files that the step made
    #[arg(required = true, value_name = "PATH")]
    products: Vec<String>,
}

pub fn run(command: &MakeLink) -> Outcome {
    let products = products(&command.base, &command.products)?;
    let (key, public) = signer(command)?;
    let link = signed(&command.step, products, &key, &public);
    fs::write(&command.output, link).map_err(|error| trouble(&command.output, error))?;
    print!("{}", public.to_pem());
    Ok(0)
}

fn trouble(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::trouble(format!("{}: {error}", path.display()))
}

/// The files by their paths, each with its digest.
fn products(base: &Path, paths: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut products = Map::new();
    for path in paths {
        let expected = || Failure::trouble(format!("{path}: expected a path below {}", base.display()));
        let name = below(path).ok_or_else(expected)?;
        let digests = files::digests(&base.join(&name))?;
        products.insert(name, json!({ "sha256": digests.sha256.to_string() }));
    }
    Ok(products)
}

/// A path below the folder in the one spelling that it has in a link: without `.` and doubled slashes.
fn below(path: &str) -> Option<String> {
    let parts = Path::new(path).components().filter(|part| *part != Component::CurDir);
    let parts: Option<Vec<&str>> =
        parts.map(|part| matches!(part, Component::Normal(_)).then(|| part.as_os_str().to_str())?).collect();
    parts.map(|parts| parts.join("/")).filter(|path| !path.is_empty())
}

fn signer(command: &MakeLink) -> Result<(SigningKey, PublicKey), Failure> {
    let path = &command.signing_key;
    if command.make_key {
        make(path)?;
    }
    let pem = files::read_text(path, MAX_KEY_FILE)?;
    let key = SigningKey::from_pkcs8_pem(&pem)
        .map_err(|_| trouble(path, "expected an Ed25519 key, not encrypted, as PKCS#8 PEM (BEGIN PRIVATE KEY)"))?;
    let public = key.verifying_key().to_public_key_pem(LineEnding::LF).map_err(|error| trouble(path, error))?;
    let public = PublicKey::parse(public.as_bytes()).map_err(|error| trouble(path, error))?;
    Ok((key, public))
}

/// Makes the key unless there is one.
fn make(path: &Path) -> Result<(), Failure> {
    let mut file = match fs::File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        opened => opened.map_err(|error| trouble(path, error))?,
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| trouble(path, error))?;
    // Without the public key beside it, which OpenSSL does not read.
    let pem = KeypairBytes { secret_key: seed, public_key: None }.to_pkcs8_pem(LineEnding::LF);
    let pem = pem.map_err(|error| trouble(path, error))?;
    file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| trouble(path, error))
}

/// The same files by the same key give the same bytes.
fn signed(step: &str, products: Map<String, Value>, key: &SigningKey, public: &PublicKey) -> String {
    let link = json!({
        "_type": "link",
        "name": step,
        "command": [],
        "materials": {},
        "products": products,
        "byproducts": {},
        "environment": {},
    });
    let payload = link.to_string();
    let signature = key.sign(&pae(IN_TOTO, payload.as_bytes())).to_bytes();
    let envelope = json!({
        "payload": base64_encode(payload.as_bytes()),
        "payloadType": IN_TOTO,
        "signatures": [{ "keyid": public.keyids().first(), "sig": base64_encode(&signature) }],
    });
    format!("{envelope}\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests panic on purpose
mod tests {
    use super::*;
    use rekor_verifier::check::link::admit;
    use std::os::unix::fs::PermissionsExt;

    fn command(folder: &Path, products: &[&str], make_key: bool) -> MakeLink {
        MakeLink {
            step: "release".into(),
            signing_key: folder.join("release.key"),
            make_key,
            base: folder.to_owned(),
            output: folder.join("release.link"),
            products: products.iter().map(|&path| path.into()).collect(),
        }
    }

    #[test]
    fn what_is_made_is_what_a_log_admits() {
        let folder = tempfile::TempDir::new().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/file"), b"one").unwrap();
        run(&command(folder.path(), &["sub/file"], true)).unwrap();
        let link = fs::read(folder.path().join("release.link")).unwrap();
        let key = folder.path().join("release.key");
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        let (_, public) = signer(&command(folder.path(), &[], false)).unwrap();
        let admitted = admit(&link, &[public]).unwrap();
        assert_eq!(admitted.link.name, "release");
        assert!(
            admitted
                .digest_list
                .contains("product sha256 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed\n")
        );

        // Again with the key that is there: the same bytes.
        for spelling in ["sub/file", "./sub//./file"] {
            run(&command(folder.path(), &[spelling], true)).unwrap();
            assert_eq!(fs::read(folder.path().join("release.link")).unwrap(), link, "{spelling}");
        }
    }

    #[test]
    fn what_cannot_be_signed_is_said() {
        let folder = tempfile::TempDir::new().unwrap();
        let message = |products: &[&str]| run(&command(folder.path(), products, false)).unwrap_err().message;
        for path in ["../x", "/etc/passwd", "a/../b", ".", ""] {
            assert!(message(&[path]).contains("below"), "{path}");
        }
        assert!(message(&["none"]).contains("none"));
        fs::write(folder.path().join("file"), b"one").unwrap();
        assert!(message(&["file"]).contains("release.key"));
        fs::write(folder.path().join("release.key"), b"-----BEGIN PRIVATE KEY-----\n").unwrap();
        assert!(message(&["file"]).contains("Ed25519"));
    }
}
