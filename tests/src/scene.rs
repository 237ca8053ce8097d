//! The scene that most tests play in: a log with a few entries, the trusted one among them, and the
//! lies that it may tell, each with the check that it must fail.

use crate::files::{fixture, read, shared};
use crate::forger::Forger;
use crate::lies;
use crate::lying::{Answer, Liar, Request, Told};
use crate::rekor::{Done, Log, Server, User, text};
use crate::text::{base64, hex, sha256, unbase64};

/// Two links in the shape of the first Rekor's, with the product of the second.
#[derive(Clone, Debug)]
pub struct Links {
    /// Signed by bob.
    pub clone: String,
    /// Signed by carl.
    pub package: String,
    /// The product of `package`.
    pub product: String,
    /// Public keys, as paths of PEM files.
    pub bob: String,
    /// See `bob`.
    pub carl: String,
}

impl Links {
    /// The ones in the repository's fixtures.
    pub fn twin() -> Self {
        Self::in_folder(&fixture("first-rekor-twin"))
    }

    /// The first Rekor's own, where they are at hand.
    pub fn first_rekor() -> Option<Self> {
        shared("in-toto/first-rekor").map(|folder| Self::in_folder(&folder))
    }

    fn in_folder(folder: &std::path::Path) -> Self {
        let file = |name: &str| text(&folder.join(name));
        Self {
            clone: file("clone.link"),
            package: file("package.link"),
            product: file("foo.tar.gz"),
            bob: file("bob.pub"),
            carl: file("carl.pub"),
        }
    }
}

/// A log that holds bob's link, carl's link and some others, behind a server that may lie.
pub struct Scene {
    /// The log.
    pub log: Log,
    /// The honest server.
    pub server: Server,
    /// The server that clients talk to; honest at first.
    pub liar: Liar,
    /// What is in the log.
    pub links: Links,
}

impl Scene {
    /// Sets the scene with the twins of the first Rekor's links.
    pub fn new() -> Self {
        Self::with(Links::twin(), None)
    }

    /// Sets the scene with these links; `web` is served beside the log.
    pub fn with(links: Links, web: Option<&std::path::Path>) -> Self {
        let log = Log::create();
        let server = log.serve(web);
        let liar = Liar::before(&server.url);
        let scene = Self { log, server, liar, links };
        scene.add(&scene.links.clone, &scene.links.bob);
        scene.add(&fixture_text("links/other.link"), &fixture_text("keys/carl.pub"));
        scene.add(&scene.links.package, &scene.links.carl);
        scene.add(&fixture_text("links/two-products.link"), &fixture_text("keys/carl.pub"));
        scene
    }

    /// The index of carl's link.
    pub const TRUSTED: usize = 2;

    /// Adds a link with the command.
    pub fn add(&self, link: &str, key: &str) {
        let user = User::new();
        let arguments = [
            "add",
            "--server",
            &self.server.url,
            "--log-key",
            &self.log.vkey,
            "--linkfile",
            link,
            "--public-key",
            key,
            "--yes",
        ];
        user.rekor(&arguments).exits(0);
    }

    /// Verifies carl's link and its product, expecting carl and trusting the log, by way of the liar.
    pub fn verify(&self, user: &User) -> Done {
        self.verify_with(user, &["--public-key", &self.links.carl])
    }

    /// The same with other options in the place of carl's key.
    pub fn verify_with(&self, user: &User, more: &[&str]) -> Done {
        let mut arguments =
            vec!["verify", "--json", "--server", &self.liar.url, "--log-key", &self.log.vkey, "--timeout", "4"];
        arguments.extend(["--linkfile", &self.links.package, "--artifact", &self.links.product]);
        arguments.extend(more);
        user.rekor(&arguments)
    }
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

/// A fixture's path as text.
pub fn fixture_text(path: &str) -> String {
    text(&fixture(path))
}

/// A lie with what must come of it.
pub struct Case {
    /// What the log does.
    pub name: &'static str,
    /// The check that notices.
    pub check: &'static str,
    /// Its outcome.
    pub outcome: &'static str,
    /// The exit code of `rekor verify`: 1 not verified, 2 could not tell, 0 where the lie changes nothing.
    pub code: i32,
    lie: Box<dyn Fn(&Scene)>,
}

impl Case {
    fn new<L>(
        name: &'static str,
        check: &'static str,
        outcome: &'static str,
        code: i32,
        lie: impl Fn(&Scene) -> L + 'static,
    ) -> Self
    where
        L: Fn(&Request, &mut Answer) + Send + Sync + 'static,
    {
        let lie = Box::new(move |scene: &Scene| {
            scene.liar.change(lie(scene));
        });
        Self { name, check, outcome, code, lie }
    }

    /// The log has another leaf in the trusted one's place, in a tree that fits it, under its own keys.
    fn forging(name: &'static str, check: &'static str, change: impl Fn(&str) -> String + 'static) -> Self {
        let lie = Box::new(move |scene: &Scene| {
            Forger::new(&scene.log, &scene.server, Scene::TRUSTED, &change).take_over(&scene.liar);
        });
        Self { name, check, outcome: "failed", code: 1, lie }
    }

    /// From now on the scene's log tells this lie.
    pub fn tell(&self, scene: &Scene) {
        (self.lie)(scene);
    }

    /// The verdict that belongs to the exit code.
    pub fn verdict(&self) -> &'static str {
        match self.code {
            0 => "verified",
            1 => "not-verified",
            _ => "could-not-tell",
        }
    }
}

/// Everything that a lying log is tried with, to a reader who never saw it before.
pub fn cases() -> Vec<Case> {
    let mut cases = lies_about_the_tree();
    cases.extend(lies_about_the_entry());
    cases.extend(no_answers());
    cases.push(Case::new("the proof of another entry", "entry-answer", "failed", 1, |scene| {
        lies::other_entrys_proof(scene, Scene::TRUSTED + 1)
    }));
    // Our own clients go by the C2SP checkpoint: a promise is for those who cannot.
    cases.push(Case::new("another promise", "entry-answer", "passed", 0, |_| lies::other_promise()));
    for field in ["rootHash", "hashes", "logIndex", "treeSize", "checkpoint"] {
        let name = match field {
            "rootHash" => "another root in the entry's proof",
            "hashes" => "other hashes in the entry's proof",
            "logIndex" => "another index in the entry's proof",
            "treeSize" => "another size in the entry's proof",
            _ => "another checkpoint in the entry's proof",
        };
        cases.push(Case::new(name, "entry-answer", "failed", 1, move |_| lies::other_proof_field(field)));
    }
    cases
}

fn lies_about_the_tree() -> Vec<Case> {
    vec![
        Case::new("a wrong root, under the log's own key", "entry-inclusion", "failed", 1, |scene| {
            lies::wrong_root(&scene.log)
        }),
        Case::new("a checkpoint by another key", "log-checkpoint", "failed", 1, |_| lies::foreign_checkpoint()),
        Case::new("a checkpoint with a bad signature", "log-checkpoint", "failed", 1, |_| {
            lies::bad_checkpoint_signature()
        }),
        Case::new("a proof for another leaf", "entry-inclusion", "failed", 1, |_| lies::wrong_tiles()),
        Case::new("another index", "entry-inclusion", "failed", 1, |_| lies::other_index()),
    ]
}

fn lies_about_the_entry() -> Vec<Case> {
    vec![
        Case::new("another file's bytes", "entry-body", "failed", 1, |_| {
            lies::other_file(read(&fixture("links/other.link")))
        }),
        Case::forging("a signature in the leaf that is bad", "entry-leaf", |leaf| {
            let (before, signature, after) = value_after(leaf, "\"signature\":\"");
            let mut bytes = unbase64(signature);
            bytes[7] ^= 1;
            format!("{before}{}{after}", base64(&bytes))
        }),
        Case::forging("a leaf with another digest list", "entry-digest-list", |leaf| {
            let (before, _, after) = value_after(leaf, "\"digestList\":{\"algorithm\":\"sha256\",\"value\":\"");
            format!("{before}{}{after}", hex(&sha256(b"another list")))
        }),
        Case::forging("a leaf for a file of another size", "entry-leaf", |leaf| {
            leaf.replacen("\"size\":", "\"size\":1", 1)
        }),
    ]
}

fn no_answers() -> Vec<Case> {
    let silent = Case {
        name: "nothing for a minute",
        check: "lookup",
        outcome: "not-checked",
        code: 2,
        lie: Box::new(|scene: &Scene| {
            scene
                .liar
                .lie(|request, honest| if lies::to_the_log(request) { Told::Nothing } else { Told::This(honest) });
        }),
    };
    vec![
        Case::new("ten megabytes of garbage", "lookup", "not-checked", 2, |_| lies::garbage(lies::to_the_log)),
        Case::new("garbage for a checkpoint", "log-checkpoint", "not-checked", 2, |_| {
            lies::garbage(|request| request.path.ends_with("/checkpoint"))
        }),
        Case::new("an error for everything", "lookup", "not-checked", 2, |_| {
            |request: &Request, answer: &mut Answer| {
                if lies::to_the_log(request) {
                    answer.status = 500;
                }
            }
        }),
        Case::new("an answer cut short", "lookup", "not-checked", 2, |_| {
            |request: &Request, answer: &mut Answer| {
                if lies::to_the_log(request) {
                    answer.body.truncate(answer.body.len() / 2);
                }
            }
        }),
        silent,
    ]
}

/// The leaf before, in and after the text that follows `name` up to the next quotation mark.
fn value_after<'a>(leaf: &'a str, name: &str) -> (&'a str, &'a str, &'a str) {
    let start = leaf.find(name).expect("the field") + name.len();
    let end = start + leaf[start..].find('"').expect("its end");
    (&leaf[..start], &leaf[start..end], &leaf[end..])
}
