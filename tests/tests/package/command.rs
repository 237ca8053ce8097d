//! `rekor-verifier verify` and `rekor verify`: the same report to the last byte, the same words, the same exit code.

use rekor_tests::bundles;
use rekor_tests::files::{fixture, sample};
use rekor_tests::package::{Project, SAMPLE, sample_trust};
use rekor_tests::rekor::{Done, User, text};
use rekor_tests::scene::{Scene, cases, fixture_text};
use serde_json::Value;

fn package_user() -> Option<User> {
    let project = Project::get()?;
    Some(User::with_program(project.node_path(), &project.package().join("cli/main.js")))
}

/// Runs both with these arguments, as JSON and as text.
fn both(arguments: &[&str]) -> Option<[Done; 2]> {
    for form in ["--json", "--explain"] {
        let [native, package] = once(&[arguments, &[form]].concat())?;
        assert_eq!(package.code, native.code, "{arguments:?}\n{}{}", package.out(), package.stderr);
        assert_eq!(package.out(), native.out(), "{arguments:?}");
    }
    once(arguments)
}

fn once(arguments: &[&str]) -> Option<[Done; 2]> {
    let package = package_user()?;
    let arguments = [&["verify"], arguments].concat();
    Some([User::new().rekor(&arguments), package.rekor(&arguments)])
}

/// Now is another second for each of the two: a day is given.
const TIME: [&str; 2] = ["--time", "2026-11-20T12:00:00Z"];

#[test]
fn a_release_offline() {
    let files: Vec<String> = SAMPLE.iter().map(|name| text(&sample(name))).collect();
    let [policy, key] = sample_trust().map(|path| text(&path));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let trusted = ["--offline", "--policy", &policy, "--public-key", &key];
    let Some([_, done]) = both(&[&files[..], &trusted, &TIME].concat()) else { return };
    assert_eq!(done.code, 0, "{}", done.out());
    // A file that is another's, and nobody who was named.
    let tampered = text(&sample("tampered"));
    both(&[&[tampered.as_str()][..], &trusted, &TIME].concat()).unwrap();
    both(&[&files[..], &["--offline"], &TIME].concat()).unwrap();
    both(&[&["--linkfile", files[1], "--artifact", files[2], "--artifact", files[0]], &trusted[..], &TIME].concat())
        .unwrap();
}

#[test]
fn a_layout_with_its_chain_and_a_folder_with_what_is_not_read() {
    let (chain, alice) = (text(&fixture("layouts/chain")), fixture_text("layouts/chain/alice.pub"));
    let time = ["--time", "2022-12-01T00:00:00Z", "--offline"];
    if both(&[&[chain.as_str(), "--public-key", &alice], &time[..]].concat()).is_none() {
        return;
    }
    both(&[&[chain.as_str(), "--public-key", &alice, "--param", "NAME=value", "--offline"], &TIME[..]].concat())
        .unwrap();
}

#[test]
fn keys_in_every_form() {
    let (link, product) = (fixture_text("first-rekor-twin/package.link"), fixture_text("first-rekor-twin/foo.tar.gz"));
    for form in ["crt", "crt.der", "json", "openssh", "pkcs1.pem", "pkcs1.der", "spki.der"] {
        let key = fixture_text(&format!("key-forms/carl.{form}"));
        let done = both(&[&[&link, &product, "--offline", "--public-key", &key], &TIME[..]].concat());
        if done.is_none() {
            return;
        }
    }
}

/// What the package loads its third module for.
#[test]
fn what_few_releases_need() {
    for (link, key) in [
        ("metablock-p384.link", "frida.pub"),
        ("dsse-p521.link", "gustav.pub"),
        ("openpgp-rsa.link", "rsa.asc"),
        ("openpgp-subkeys.link", "subkeys.asc"),
        ("metablock-p521.link", "eddsa.asc"),
    ] {
        let (link, key) = (fixture_text(&format!("forms/{link}")), fixture_text(&format!("forms/keys/{key}")));
        // The key among the files too, where it is shown and never counted.
        if both(&[&[&link, &key, "--offline", "--public-key", &key], &TIME[..]].concat()).is_none() {
            return;
        }
        both(&[&[&link, &key, "--offline"], &TIME[..]].concat()).unwrap();
    }
}

#[test]
fn sigstore_bundles() {
    let bundle = |name: &str| text(&bundles::data().join("bundles").join(name));
    let (blob, signed) = (bundle("cosign-v3-blob.txt"), bundle("cosign-v3-blob.sigstore.json"));
    let (conda, attestation) =
        (bundle("signed-package-2.1.0-hb0f4dca_0.conda"), bundle("conda-attestation.sigstore.json"));
    let workflow = "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main";
    let issuer = ["--offline", "--issuer", "https://token.actions.githubusercontent.com"];
    let named = [&["--identity", workflow], &issuer[..], &TIME].concat();
    let Some([_, done]) = both(&[&[conda.as_str(), &attestation], &named[..]].concat()) else { return };
    assert_eq!(done.code, 0, "{}", done.out());
    let pattern = [&["--identity-pattern", "https://github.com/prefix-dev/**"], &issuer[..], &TIME].concat();
    both(&[&[conda.as_str(), &attestation], &pattern[..]].concat()).unwrap();
    both(&[&[blob.as_str(), &attestation, &signed, "--offline"], &TIME[..]].concat()).unwrap();
    both(&[&[blob.as_str(), &signed, "--offline", "--staging"], &TIME[..]].concat()).unwrap();
}

/// What a lying log does to the one, it does to the other; how a broken connection is put into words is the transport's.
#[test]
fn a_log_that_lies() {
    let Some(_) = package_user() else { return };
    let scene = Scene::new();
    let time: Vec<&str> = [&["--public-key", scene.links.carl.as_str()], &TIME[..]].concat();
    let mut wrong = Vec::new();
    for case in cases() {
        scene.liar.honest();
        case.tell(&scene);
        let native = scene.verify_with(&User::new(), &time);
        let package = scene.verify_with(&package_user().unwrap(), &time);
        let said = |done: &Done| match case.code {
            2 => outcomes(&done.report().0),
            _ => done.out(),
        };
        if (native.code, said(&native)) != (package.code, said(&package)) {
            wrong.push(format!(
                "{}: {} {}\n{}{}",
                case.name,
                native.out(),
                package.code,
                package.out(),
                package.stderr
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn outcomes(report: &Value) -> String {
    let checks = report["checks"].as_array().unwrap().iter();
    checks.map(|check| format!("{} {} {}\n", check["id"], check["subject"], check["outcome"])).collect()
}

#[test]
fn both_remember_in_the_same_place_and_an_alarm_stays() {
    let Some(package) = package_user() else { return };
    let scene = Scene::new();
    scene.verify(&package).exits(0);
    let seen = package.home().join("seen.json");
    let first = std::fs::read_to_string(&seen).unwrap();
    assert!(first.contains(&scene.log.vkey), "{first}");

    // A shorter tree, signed by the log itself, is none of the one that was seen.
    let lie = cases().into_iter().find(|case| case.name == "a wrong root, under the log's own key").unwrap();
    lie.tell(&scene);
    let done = scene.verify(&package).exits(1);
    assert!(done.report().0["log"]["alarm"].is_string(), "{}", done.out());
    scene.liar.honest();
    scene.verify(&package).exits(1).report().has("log-consistency", "failed");
    // The rekor command finds it there.
    let native = User::new();
    std::fs::copy(&seen, native.home().join("seen.json")).unwrap();
    scene.verify(&native).exits(1).report().has("log-consistency", "failed");
}

#[test]
fn trouble_is_said_and_ends_with_2() {
    let Some(user) = package_user() else { return };
    let key = fixture_text("keys/carl.pub");
    let link = fixture_text("first-rekor-twin/package.link");
    let cases: [(&[&str], &str); 9] = [
        (&[], "which command?"),
        (&["add"], "there is no command add"),
        (&["verify"], "nothing to verify"),
        (&["verify", "no-such-file", "--offline"], "no-such-file"),
        (&["verify", &link, "--no-such-option"], "--no-such-option"),
        (&["verify", &link, "--signers", &key, "--public-key", &key], "not both"),
        (&["verify", &link, "--issuer", "https://a.example"], "names nobody"),
        (&["verify", &link, "--server", "file:///etc"], "http://"),
        (&["verify", &link, "--time", "yesterday"], "--time"),
    ];
    for (arguments, expected) in cases {
        let done = user.rekor(arguments).exits(2);
        assert!(done.stderr.starts_with("rekor-verifier: ") && done.stderr.contains(expected), "{}", done.stderr);
        assert_eq!(done.out(), "", "{arguments:?}");
    }
    assert!(user.rekor(&["verify", "--help"]).exits(0).out().contains("--public-key"));
    assert!(user.rekor(&["--version"]).exits(0).out().starts_with("rekor-verifier "));
}
