//! Forgetting, from the operator's command to every reader.

use std::path::Path;

use rekor_tests::files::{Folder, read};
use rekor_tests::rekor::{Log, Server, User, text};
use rekor_tests::scene::Links;
use rekor_tests::text::{hex, sha256};

/// A log that recorded both links, and the user who operates it.
struct Scene {
    log: Log,
    links: Links,
    user: User,
    copies: Folder,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { log: Log::create(), links: Links::twin(), user: User::new(), copies: Folder::new() };
        let server = scene.log.serve(None);
        for (link, key) in [(&scene.links.clone, &scene.links.bob), (&scene.links.package, &scene.links.carl)] {
            scene.add(&server, link, key);
        }
        scene
    }

    fn add(&self, server: &Server, link: &str, key: &str) {
        let given = ["add", "--server", &server.url, "--log-key", &self.log.vkey, "--linkfile", link];
        self.user.rekor(&[&given[..], &["--public-key", key]].concat()).exits(0);
    }

    fn package(&self) -> String {
        hex(&sha256(&read(Path::new(&self.links.package))))
    }

    fn erase(&self, hash: &str, more: &[&str]) -> rekor_tests::rekor::Done {
        let data = text(self.log.data.path());
        self.user.rekor(&[&["log", "erase", "--data", &data, "--linkfile-sha256", hash], more].concat())
    }

    fn with(&self, server: &Server, command: &str, more: &[&str]) -> rekor_tests::rekor::Done {
        let given = [command, "--server", &server.url, "--log-key", &self.log.vkey, "--public-key", &self.links.carl];
        self.user.rekor(&[&given[..], more].concat())
    }
}

fn status(url: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    agent.get(url).call().unwrap().status().as_u16()
}

#[test]
fn everybody_is_told_that_it_was_erased() {
    let scene = Scene::new();
    let (mirrored, exported) = (text(&scene.copies.path().join("mirror")), text(&scene.copies.path().join("export")));
    let server = scene.log.serve(None);
    let mirror =
        |server: &Server| scene.user.rekor(&["mirror", &server.url, &mirrored, "--log-key", &scene.log.vkey]).exits(0);
    mirror(&server);
    scene.with(&server, "verify", &["--artifact", &scene.links.product]).exits(0);
    server.kill();

    scene.erase(&scene.package(), &["--digests-too"]).exits(1); // nobody said yes
    let done = scene.erase(&scene.package(), &["--digests-too", "--yes"]).exits(0);
    assert!(done.out().contains("bytes overwritten"), "{}", done.out());

    let server = scene.log.serve(None);
    let blob = format!("blob/{}", scene.package());
    assert_eq!(status(&format!("{}/{blob}", server.url)), 410);
    // Whoever holds the file verifies as before; by the product alone nothing is found any more.
    scene.with(&server, "verify", &["--linkfile", &scene.links.package]).exits(0);
    scene.with(&server, "verify", &["--artifact", &scene.links.product]).exits(2);
    let done = scene.with(&server, "get", &["--linkfile", &scene.links.package]).exits(0);
    assert!(done.stderr.contains("The log erased its copy"), "{}", done.stderr);
    assert_eq!(done.stdout, read(Path::new(&scene.links.package)));
    scene.add(&server, &scene.links.package, &scene.links.carl);
    assert_eq!(status(&format!("{}/{blob}", server.url)), 410, "adding it again brings nothing back");

    let erased = "1 link files and 1 digest lists erased";
    let data = text(scene.log.data.path());
    let audit = |place: &str| scene.user.rekor(&["audit", place, "--log-key", &scene.log.vkey]).exits(0).out();
    assert!(audit(&server.url).contains(erased) && audit(&data).contains(erased));
    scene.user.rekor(&["export", &text(&scene.log.folder()), &exported]).exits(0);
    assert!(Path::new(&mirrored).join(&blob).exists(), "the mirror was not told yet");
    mirror(&server);
    for copy in [&mirrored, &exported] {
        assert!(audit(copy).contains(erased), "{copy}");
        assert!(!Path::new(copy).join(&blob).exists());
    }
    // The copy, on a web host that knows nothing of logs.
    assert!(audit(&rekor_tests::statics::serve(Path::new(&exported), "")).contains(erased));
}

#[test]
fn what_cannot_be_erased_is_refused() {
    let scene = Scene::new();
    let unknown = scene.erase(&"0".repeat(64), &["--yes"]).exits(1);
    assert!(unknown.stderr.contains("no entry of a link file"), "{}", unknown.stderr);
    scene.erase("xyz", &["--yes"]).exits(2);
    let _server = scene.log.serve(None);
    let in_use = scene.erase(&scene.package(), &["--yes"]).exits(2);
    assert!(in_use.stderr.contains("in use by another process"), "{}", in_use.stderr);
}
