//! `rekor audit`, `export` and `mirror`, over real logs, at rest and served, honest and not.

use rekor_tests::files::Folder;
use rekor_tests::lying::Told;
use rekor_tests::rekor::{Done, User, text};
use rekor_tests::scene::Scene;
use std::fs;
use std::path::Path;

/// What the command says of the log at `place`, under the scene's log key.
fn audit(scene: &Scene, place: &str) -> Done {
    User::new().rekor(&["audit", place, "--log-key", &scene.log.vkey])
}

#[test]
fn a_log_is_in_order_served_at_rest_exported_and_mirrored() {
    let scene = Scene::new();
    let copies = Folder::new();
    let (exported, mirrored) = (text(&copies.path().join("exported")), text(&copies.path().join("mirrored")));
    let user = User::new();
    let data = text(scene.log.data.path());
    assert!(audit(&scene, &scene.liar.url).exits(0).out().starts_with("IN ORDER"));
    assert!(user.rekor(&["audit", &data]).exits(0).out().contains("4 link files with 4 signatures"));
    user.rekor(&["export", &data, &exported]).exits(0);
    user.rekor(&["mirror", &scene.liar.url, &mirrored, "--log-key", &scene.log.vkey]).exits(0);
    for copy in [&exported, &mirrored] {
        audit(&scene, copy).exits(0);
        assert_eq!(user.rekor(&["audit", copy]).code, 2, "nobody is trusted by default");
    }
    let both = [&exported, &mirrored].map(|copy| files(Path::new(copy)));
    assert_eq!(both[0], both[1]);

    // A second time only what is new is fetched: the tiles here are partial, the blobs are there.
    scene.liar.asked();
    user.rekor(&["mirror", &scene.liar.url, &mirrored, "--log-key", &scene.log.vkey]).exits(0);
    assert!(scene.liar.asked().iter().all(|it| !it.path.contains("/blob/")));
    let json: serde_json::Value =
        serde_json::from_str(&user.rekor(&["audit", &data, "--json"]).exits(0).out()).unwrap();
    assert_eq!(json[0]["result"], "in order");
    assert_eq!(json[0]["size"], 4);
}

/// Every file below a folder: path and bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => {
                found.extend(files(&path).into_iter().map(|(name, bytes)| (format!("{}/{name}", stem(&path)), bytes)))
            }
            false => found.push((stem(&path), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn one_changed_byte_in_any_file_is_named() {
    let scene = Scene::new();
    for name in ["entries", "offsets", "blobs", "tiles.0", "commits"] {
        let copy = scene.log.copy();
        let file = copy.folder().join(name);
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
        let said = User::new().rekor(&["audit", &text(&copy.folder())]).exits(1).out();
        assert!(said.starts_with("WRONG"), "{name}: {said}");
    }
}

#[test]
fn a_log_that_lost_what_it_signed_is_wrong() {
    let scene = Scene::new();
    let copy = scene.log.copy();
    let commits = copy.folder().join("commits");
    let text_of = fs::read_to_string(&commits).unwrap();
    let lines: Vec<&str> = text_of.lines().collect();
    fs::write(&commits, format!("{}\n", lines[..lines.len() - 1].join("\n"))).unwrap();
    let said = User::new().rekor(&["audit", &text(&copy.folder())]).exits(1).out();
    assert!(said.contains("the high-water mark"), "{said}");
}

#[test]
fn a_server_that_shows_other_tiles_or_bodies_is_wrong() {
    let scene = Scene::new();
    for part in ["tile/0/", "tile/entries/", "blob/"] {
        scene.liar.change(move |request, answer| {
            if request.path.contains(part)
                && let Some(byte) = answer.body.last_mut()
            {
                *byte ^= 1;
            }
        });
        assert!(audit(&scene, &scene.liar.url).exits(1).out().starts_with("WRONG"), "{part}");
    }
    scene.liar.lie(|request, answer| match request.path.contains("tile/") {
        true => Told::HangUp,
        false => Told::This(answer),
    });
    assert!(audit(&scene, &scene.liar.url).exits(2).out().starts_with("NOT AUDITED"), "no answer is no fault");
    scene.liar.honest();
    audit(&scene, &scene.liar.url).exits(0);
}

#[test]
fn a_mirror_refuses_another_history_and_stays_as_it_was() {
    let scene = Scene::new();
    let fork = scene.log.copy();
    let copies = Folder::new();
    let mirrored = text(&copies.path().join("mirrored"));
    let user = User::new();
    let mirror = |url: &str| user.rekor(&["mirror", url, &mirrored, "--log-key", &scene.log.vkey]);
    rekor_tests::crowd::add_strangers(&scene, 1);
    mirror(&scene.liar.url).exits(0);
    let before = files(Path::new(&mirrored));
    // The same log, restored from a backup: it has the same key, and goes on otherwise.
    let server = fork.serve(None);
    let said = mirror(&server.url).exits(1);
    assert!(said.stderr.contains("the copy that is there"), "{}", said.stderr);
    let checkpoint = |files: &[(String, Vec<u8>)]| files.iter().find(|(name, _)| name == "checkpoint").cloned();
    assert_eq!(checkpoint(&files(Path::new(&mirrored))), checkpoint(&before));
    audit(&scene, &mirrored).exits(0);
}
