//! Private keys: encrypted, or not in the folder at all; and what happens without what opens them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use rekor_tests::files::Folder;
use rekor_tests::rekor::{Done, Server, User, binary, text};
use rekor_tests::scene::Links;

/// Runs `rekor` with this environment; `descriptor` is what stands behind file descriptor 3.
fn rekor(user: &User, environment: &[(&str, &str)], descriptor: Option<&str>, arguments: &[&str]) -> Done {
    let mut command = Command::new("sh");
    let redirect = if descriptor.is_some() { " 3<secret" } else { "" };
    command.args(["-c", &format!("exec \"$@\"{redirect}"), "sh", &text(binary())]).args(arguments);
    if let Some(secret) = descriptor {
        user.folder.write("secret", secret.as_bytes());
    }
    command.current_dir(user.folder.path()).env("REKOR_HOME", user.home()).envs(environment.iter().copied());
    let output = command.stdin(Stdio::null()).output().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A data folder with one log, whose keys are encrypted.
fn encrypted(user: &User) -> String {
    let create = ["log", "create", "--encrypt", "--data", "data", "--passphrase-fd", "3"];
    let made = rekor(user, &[], Some("correct horse\n"), &create).exits(0);
    made.out().lines().next().unwrap().to_owned()
}

/// Freezing is what opens a log with its keys, and ends.
const FREEZE: [&str; 5] = ["log", "freeze", "--yes", "--data", "data"];

#[test]
fn encrypted_keys_open_with_their_passphrase_alone() {
    let user = User::new();
    let tree = encrypted(&user);
    for name in ["ed25519.key", "p256.key"] {
        let file = user.folder.path().join("data").join(&tree).join(name);
        assert!(fs::read_to_string(&file).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Reading needs no key.
    rekor(&user, &[], None, &["audit", "data"]).exits(0);
    rekor(&user, &[], None, &["log", "list", "--data", "data"]).exits(0);
    let nobody = rekor(&user, &[], None, &FREEZE).exits(2);
    assert!(nobody.stderr.contains("--passphrase-fd or REKOR_PASSPHRASE"), "{}", nobody.stderr);
    let wrong = rekor(&user, &[("REKOR_PASSPHRASE", "incorrect horse")], None, &FREEZE).exits(2);
    assert!(wrong.stderr.contains("the passphrase does not open p256.key"), "{}", wrong.stderr);
    let wrong = rekor(&user, &[("REKOR_PASSPHRASE", "incorrect horse")], None, &["serve", "--data", "data"]).exits(2);
    assert!(wrong.stderr.contains("the passphrase does not open"), "{}", wrong.stderr);
    // What is said on the command line goes before.
    let by_descriptor = [&FREEZE[..], &["--passphrase-fd", "3"]].concat();
    rekor(&user, &[("REKOR_PASSPHRASE", "incorrect horse")], Some("correct horse\n"), &by_descriptor).exits(0);
}

#[test]
fn an_empty_passphrase_and_a_missing_descriptor_are_refused() {
    let user = User::new();
    let create = ["log", "create", "--encrypt", "--data", "data", "--passphrase-fd", "3"];
    let empty = rekor(&user, &[], Some("\n"), &create).exits(2);
    assert!(empty.stderr.contains("the passphrase is empty"), "{}", empty.stderr);
    let closed = rekor(&user, &[], None, &create).exits(2);
    assert!(closed.stderr.contains("file descriptor 3"), "{}", closed.stderr);
    assert_eq!(rekor(&user, &[], None, &["log", "list", "--data", "data"]).exits(0).out(), "", "no log was made");
}

#[test]
fn at_a_terminal_the_passphrase_is_asked_for() {
    let user = User::new();
    let create = ["log", "create", "--encrypt", "--data", "data"];
    let Some(made) = user.at_a_terminal(&create, "correct horse\ncorrect horse\n") else { return };
    assert!(made.exits(0).out().contains("Passphrase for the private keys"));
    let differ = user.at_a_terminal(&["log", "create", "--encrypt", "--data", "other"], "one\ntwo\n").unwrap();
    assert!(differ.exits(2).out().contains("the two passphrases differ"));
    user.at_a_terminal(&FREEZE, "incorrect horse\n").unwrap().exits(2);
    user.at_a_terminal(&FREEZE, "correct horse\n").unwrap().exits(0);
}

#[test]
fn keys_need_not_lie_in_the_folder() {
    let (user, links, elsewhere) = (User::new(), Links::twin(), Folder::new());
    let mut keys = String::new();
    for _ in 0..2 {
        let made = user.rekor(&["log", "create", "--data", "data"]).exits(0).out();
        let folder = user.folder.path().join("data").join(made.lines().next().unwrap());
        for name in ["ed25519.key", "p256.key"] {
            keys += &fs::read_to_string(folder.join(name)).unwrap();
            fs::remove_file(folder.join(name)).unwrap();
        }
    }
    assert!(rekor(&user, &[], None, &["serve", "--data", "data"]).exits(2).stderr.contains("key"));
    let stranger = user.rekor(&["log", "create", "--data", &text(elsewhere.path())]).exits(0).out();
    let stranger = elsewhere.path().join(stranger.lines().next().unwrap()).join("ed25519.key");
    let others = fs::read_to_string(stranger).unwrap();
    let wrong = rekor(&user, &[("REKOR_KEYS", &others)], None, &["serve", "--data", "data"]).exits(2);
    assert!(wrong.stderr.contains("hold no Ed25519 key of this log"), "{}", wrong.stderr);

    let server = Server::start_with(&user, &[("REKOR_KEYS", &keys)], &["serve", "--data", "data"]);
    let given = ["add", "--server", &server.url, "--linkfile", &links.package, "--public-key", &links.carl];
    let vkey = rekor_tests::forger::fetch(&format!("{}/vkey", server.url));
    let vkey = String::from_utf8(vkey).unwrap();
    user.rekor(&[&given[..], &["--log-key", vkey.trim()]].concat()).exits(0);
}
