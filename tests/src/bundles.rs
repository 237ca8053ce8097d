//! Sigstore bundles that other projects made, as a table of cases: what is given, and whether it is to be accepted.
//!
//! They ship inside the crate `sigstore-verify`, which is a dependency, so that cargo has unpacked them on every machine
//! that builds this. Where `REKOR_CONFORMANCE` names a checkout of sigstore-conformance, its cases are run too.

use base16ct::lower::encode_string as hex;
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use sha2::Digest;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Whose certificates sigstore-conformance's own bundles carry.
const BEACON: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

/// GitHub's OpenID Connect issuer.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// A bundle with everything that a reader gives beside it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// The bundle as JSON.
    pub bundle: String,
    /// The artifact's digests, hexadecimal: SHA-256, and SHA-512 where that is known.
    pub artifact: (String, Option<String>),
    /// Identity and issuer that are expected.
    pub identity: Option<(String, String)>,
    /// The file of the managed key that is expected.
    pub key: Option<PathBuf>,
    /// The trusted root.
    pub trust: Trust,
    /// What is to come of it.
    pub expected: Expected,
}

/// What is to come of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Everything holds; where nobody was named who had to sign, everything but that.
    Sound,
    /// Everything holds but what only a proof shows, that the log has the entry: there is no more than its promise.
    Promised,
    /// It is refused.
    Refused,
    /// Exactly this check finds fault (failed or untrusted). What depends on it may not have been checked.
    Fault(&'static str),
}

/// Which trusted root.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The embedded one.
    Production,
    /// The other embedded one.
    Staging,
    /// This JSON.
    Root(String),
}

impl Case {
    /// The request as the second module takes it.
    pub fn request(&self, now: i64) -> Value {
        let exact = |text: &str| json!({ "exact": text });
        let identity = self
            .identity
            .as_ref()
            .map(|(identity, issuer)| json!({ "identity": exact(identity), "issuer": exact(issuer) }));
        // A key crosses as the base64 of its SPKI, which is what PEM holds.
        let inside = |pem: String| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
        let keys: Vec<String> = self.key.iter().map(|key| inside(fs::read_to_string(key).unwrap())).collect();
        let trust = match &self.trust {
            Trust::Production => json!("production"),
            Trust::Staging => json!("staging"),
            Trust::Root(json) => json!({ "root": json }),
        };
        json!({
            "subject": "bundle",
            "bundle": self.bundle,
            "container": "file",
            "artifact": { "sha256": self.artifact.0, "sha384": null, "sha512": self.artifact.1 },
            "identity": identity,
            "keys": keys,
            "trust": trust,
            "now": now,
        })
    }

    /// The arguments of the command line, by the contract of sigstore-conformance; what has to be a file goes into
    /// `folder`.
    pub fn arguments(&self, folder: &Path) -> Vec<String> {
        let file = |name: &str, text: &str| {
            fs::write(folder.join(name), text).unwrap();
            folder.join(name).to_str().unwrap().to_owned()
        };
        let mut arguments = vec!["verify-bundle".to_owned(), "--bundle".to_owned(), file("bundle.json", &self.bundle)];
        match &self.trust {
            Trust::Production => {}
            Trust::Staging => arguments.push("--staging".to_owned()),
            Trust::Root(json) => arguments.extend(["--trusted-root".to_owned(), file("root.json", json)]),
        }
        if let Some(key) = &self.key {
            arguments.extend(["--key".to_owned(), key.to_str().unwrap().to_owned()]);
        } else if let Some((identity, issuer)) = &self.identity {
            arguments.extend(["--certificate-identity".to_owned(), identity.clone()]);
            arguments.extend(["--certificate-oidc-issuer".to_owned(), issuer.clone()]);
        }
        arguments.push(format!("sha256:{}", self.artifact.0));
        arguments
    }

    /// Stops the test unless the report is what is expected.
    pub fn holds(&self, report: &Value) {
        let named = self.identity.is_some() || self.key.is_some();
        let checks = report["checks"].as_array().unwrap();
        let required = |check: &&Value| check["required"] == true && (named || check["id"] != "bundle-identity");
        let sound = checks.iter().filter(required).all(|check| check["outcome"] == "passed");
        let fault = |check: &&Value| check["outcome"] == "failed" || check["outcome"] == "untrusted";
        let faults: Vec<&Value> = checks.iter().filter(required).filter(fault).map(|check| &check["id"]).collect();
        let open = checks.iter().filter(required).filter(|check| check["outcome"] == "not-checked");
        let unproven: Vec<&Value> = open.map(|check| &check["id"]).collect();
        let as_expected = match self.expected {
            Expected::Sound => sound,
            Expected::Promised => faults.is_empty() && unproven == ["bundle-inclusion", "bundle-checkpoint"],
            Expected::Refused => !sound,
            Expected::Fault(id) => !sound && faults == [id],
        };
        let lines: Vec<String> =
            checks.iter().map(|it| format!("{} {}: {}", it["id"], it["outcome"], it["sentence"])).collect();
        assert!(as_expected, "{}: expected {:?}, found\n{}", self.name, self.expected, lines.join("\n"));
    }
}

/// All cases that are at hand.
pub fn cases() -> Vec<Case> {
    let data = data();
    let mut cases = shipped(&data);
    cases.extend(super::forged_bundles::cases(&cases));
    cases.extend(super::older_bundles::cases(&cases));
    match std::env::var_os("REKOR_CONFORMANCE") {
        Some(checkout) => cases.extend(conformance(Path::new(&checkout))),
        None => eprintln!("skipped: REKOR_CONFORMANCE names no checkout of sigstore-conformance"),
    }
    cases
}

/// The folder `test_data` of the crate `sigstore-verify`.
pub fn data() -> PathBuf {
    unpacked("sigstore-verify").join("test_data")
}

/// The trusted root of one of Sigstore's instances, as it is embedded: `trusted_root`, `trusted_root_staging`.
pub fn embedded(name: &str) -> String {
    fs::read_to_string(unpacked("sigstore-trust-root").join(format!("src/{name}.json"))).unwrap()
}

/// The folder into which cargo unpacked a dependency.
fn unpacked(package: &str) -> PathBuf {
    static METADATA: OnceLock<Value> = OnceLock::new();
    let metadata = METADATA.get_or_init(metadata);
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|it| it["name"] == package).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&metadata.output().unwrap().stdout).unwrap()
}

fn shipped(data: &Path) -> Vec<Case> {
    use Expected::{Refused, Sound};
    use Trust::{Production, Staging};
    let read = |path: &str| fs::read_to_string(data.join(path)).unwrap();
    let root = |path: &str| Trust::Root(read(path));
    let key = |case: Case| Case { key: Some(data.join("managed-key/key.pub")), ..case };
    let by = |identity: &str, case: Case| Case { identity: Some((identity.to_owned(), GITHUB.to_owned())), ..case };
    let case = |name: &str, bundle: &str, trust, expected| {
        let bundle = read(bundle);
        let artifact = signed_digests(&bundle);
        Case { name: name.to_owned(), bundle, artifact, identity: None, key: None, trust, expected }
    };
    let npm = case("npm provenance", "bundles/sigstore.js@2.0.0-provenance.sigstore.json", Production, Sound);
    vec![
        by("https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main", npm),
        case("conda, Rekor v1", "bundles/conda-attestation.sigstore.json", Production, Sound),
        case("conda, Rekor v2", "bundles/conda-attestation-rekor2.sigstore.json", Staging, Sound),
        case("cosign blob", "bundles/cosign-v3-blob.sigstore.json", Production, Sound),
        case("Python wheel", "bundles/bundle_v3_github.whl.sigstore", Production, Sound),
        key(case("managed key", "managed-key/bundle.sigstore.json", Production, Sound)),
        case("blob, staging", "upstream/sigstore-python/staging-rekor-v2.txt.sigstore.json", Staging, Sound),
        case(
            "attestation, staging",
            "upstream/sigstore-python/a.dsse.staging-rekor-v2.txt.sigstore.json",
            Staging,
            Sound,
        ),
        case(
            "several intermediates",
            "sct-multi-intermediate/staging_bundle.sigstore.json",
            root("sct-multi-intermediate/staging_trusted_root.json"),
            Sound,
        ),
        case("timestamp", "timestamps/valid_bundle.json", root("timestamps/valid_trusted_root.json"), Sound),
        case("otherName", "bundles/othername.sigstore.json", root("trusted_roots/scaffolding.json"), Sound),
        case("no checkpoint", "bundles/bundle_no_checkpoint.txt.sigstore", Production, Refused),
        case("no log entry", "bundles/bundle_no_log_entry.txt.sigstore", Production, Refused),
        case("no certificate", "bundles/bundle_no_cert_v1.txt.sigstore", Production, Refused),
        case("no signed time", "bundles/bundle_v3_no_signed_time.txt.sigstore.json", Production, Refused),
        case("CVE-2022-36056", "bundles/bundle_cve_2022_36056.txt.sigstore", Production, Refused),
        case("invalid version", "bundles/bundle_invalid_version.txt.sigstore", Production, Refused),
        case("two signatures", "bundles/dsse-2sigs.sigstore.json", Production, Refused),
        case("no inclusion proof", "bundles/dsse.sigstore.json", Production, Refused),
        case(
            "GitHub's own instance",
            "bundles/github-private-attestation.sigstore.json",
            root("timestamps/github_trusted_root.json"),
            Refused,
        ),
        case(
            "another key of the certificate log",
            "invalid-ct-key_fail/bundle.sigstore.json",
            root("invalid-ct-key_fail/trusted_root.json"),
            Expected::Fault("bundle-sct"),
        ),
    ]
}

/// The digests that a bundle is about, as it says itself: for bundles whose artifact nobody keeps.
fn signed_digests(bundle: &str) -> (String, Option<String>) {
    let bundle: Value = serde_json::from_str(bundle).unwrap();
    let decode = |text: &Value| Base64::decode_vec(text.as_str().unwrap_or_default()).unwrap_or_default();
    let stated = &bundle["messageSignature"]["messageDigest"];
    if stated["algorithm"] == "SHA2_256" {
        return (hex(&decode(&stated["digest"])), None);
    }
    let statement: Value = serde_json::from_slice(&decode(&bundle["dsseEnvelope"]["payload"])).unwrap_or_default();
    let subjects = statement["subject"].as_array().cloned().unwrap_or_default();
    let digests = |name: &str| subjects.iter().find_map(|subject| subject["digest"][name].as_str().map(str::to_owned));
    (digests("sha256").unwrap_or_else(|| "00".repeat(32)), digests("sha512"))
}

/// The cases of a checkout of sigstore-conformance, each folder one (see its `bundle-verify/README.md`).
fn conformance(checkout: &Path) -> Vec<Case> {
    let all = checkout.join("test/assets/bundle-verify");
    let mut folders: Vec<PathBuf> = fs::read_dir(&all).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.into_iter().filter(|folder| folder.is_dir()).map(|folder| conformance_case(&all, &folder)).collect()
}

fn conformance_case(all: &Path, folder: &Path) -> Case {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let present = |file: &str| Some(folder.join(file)).filter(|path| path.exists());
    let text = |file: &str, otherwise: &str| {
        present(file).map_or_else(|| otherwise.to_owned(), |path| fs::read_to_string(path).unwrap().trim().to_owned())
    };
    let artifact = fs::read(present("artifact").unwrap_or_else(|| all.join("a.txt"))).unwrap();
    Case {
        name: format!("conformance {name}"),
        bundle: fs::read_to_string(folder.join("bundle.sigstore.json")).unwrap(),
        artifact: (hex(&sha2::Sha256::digest(&artifact)), Some(hex(&sha2::Sha512::digest(&artifact)))),
        identity: Some((text("identity", BEACON), text("issuer", GITHUB))),
        key: present("key.pub"),
        trust: present("trusted_root.json")
            .map_or(Trust::Production, |path| Trust::Root(fs::read_to_string(path).unwrap())),
        expected: if name.ends_with("_fail") { Expected::Refused } else { Expected::Sound },
    }
}
