//! Looking around in the real log, and in what lying ones answer.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

mod scene;

use rekor_client::{Ask, Explored, Explorer, Look, Method, Question, QuestionError, Response, Seen};
use rekor_verifier::check::digest::{Digests, sha256};
use rekor_verifier::evidence::Asked;
use rekor_verifier::format::key::PublicKey;
use rekor_verifier::format::note::{KeyType, Vkey};
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{ItemReport, Outcome};
use scene::{Scene, fixture, key};

fn product() -> String {
    sha256(&fixture("first-rekor-twin/foo.tar.gz")).to_string()
}

impl Scene {
    fn explorer(&self, question: Question, seen: Seen) -> Explorer {
        Explorer::new(question, self.policy.clone(), &self.base, seen)
    }

    /// Runs to the end of a page; `answer` decides what comes back for each request.
    fn page(&self, explorer: &mut Explorer, answer: impl Fn(&Ask, Response) -> Result<Response, String>) -> Explored {
        for _ in 0..40 {
            match explorer.step() {
                Look::Done(done) => return *done,
                Look::Ask(asks) => {
                    assert!(!asks.is_empty());
                    for (id, ask) in asks {
                        match answer(&ask, self.send(&ask)) {
                            Ok(response) => explorer.answer(id, response),
                            Err(reason) => explorer.no_answer(id, &reason),
                        }
                    }
                }
            }
        }
        panic!("the look-up does not end");
    }

    fn look(&self, text: &str) -> Explored {
        self.lied_to(text, |_, response| Ok(response))
    }

    fn lied_to(&self, text: &str, answer: impl Fn(&Ask, Response) -> Result<Response, String>) -> Explored {
        let question = Question::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        self.page(&mut self.explorer(question, Seen::default()), answer)
    }

    fn newest(&self, known: u64, seen: Seen) -> Explored {
        self.page(&mut self.explorer(Question::Newest { known }, seen), |_, response| Ok(response))
    }
}

fn roles(entry: &ItemReport) -> Vec<&str> {
    entry.roles.iter().map(|role| role.role).collect()
}

fn outcome(entry: &ItemReport, id: &str) -> Outcome {
    let check = entry.checks.iter().find(|check| check.id.name() == id);
    check.unwrap_or_else(|| panic!("no check {id}: {:#?}", entry.checks)).outcome
}

fn indexes(found: &Explored) -> Vec<u64> {
    found.report.entries.iter().filter_map(|entry| entry.index).collect()
}

#[test]
fn a_digest_finds_entries_by_what_they_name() {
    let scene = Scene::new();
    let found = scene.look(&product());
    assert_eq!((found.total, indexes(&found)), (2, vec![2, 1]));
    for entry in &found.report.entries {
        assert_eq!(roles(entry), ["product"]);
        assert_eq!(entry.outcome, Outcome::Passed, "{:#?}", entry.checks);
        assert_eq!(outcome(entry, "entry-inclusion"), Outcome::Passed);
        assert_eq!(outcome(entry, "lookup"), Outcome::Passed);
        assert!(entry.raw.is_none(), "a list has no bytes");
    }
    let [carls, strangers] = &found.report.entries[..] else { panic!() };
    assert_eq!(carls.keys[0].name.as_deref(), Some("carl"));
    assert_eq!(outcome(carls, "link-signature"), Outcome::Passed);
    assert_eq!(outcome(strangers, "link-signature"), Outcome::Untrusted, "a key in an entry is never trusted");
    assert_eq!(strangers.keys[0].fingerprint, key("mallory").fingerprint().to_string());

    let link = fixture("first-rekor-twin/package.link");
    let found = scene.look(&format!("SHA256:{}", sha256(&link)));
    assert_eq!(roles(&found.report.entries[0]), ["link-file"]);

    let material = sha256(&fixture("first-rekor-twin/package.link"));
    assert_eq!(scene.look(&material.to_string()).total, 1);
    let step = found.report.entries[0].link.as_ref().unwrap();
    let went_in = step.materials.first[0].sha256.clone().unwrap();
    let found = scene.look(&went_in);
    let mut all: Vec<_> = found.report.entries.iter().flat_map(roles).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, ["material", "product"]);
}

#[test]
fn an_entry_is_found_by_id_index_and_key_with_its_bytes_and_a_receipt() {
    let scene = Scene::new();
    let by_index = scene.look("#2");
    let entry = &by_index.report.entries[0];
    assert_eq!(entry.outcome, Outcome::Passed, "{:#?}", entry.checks);
    let raw = entry.raw.as_ref().unwrap();
    assert!(raw.body.is_some() && raw.receipt.as_ref().unwrap().starts_with("c2sp.org/tlog-proof@v1\n"));
    assert_eq!(entry.kind.as_deref(), Some("link 0.0.1"));

    for id in [&entry.uuid[..], &entry.uuid[16..]] {
        let by_id = scene.look(id);
        assert_eq!(indexes(&by_id), [2], "{id}");
        assert_eq!(by_id.report.entries[0].outcome, Outcome::Passed);
        assert!(by_id.report.entries[0].raw.is_some());
    }
    let pem = String::from_utf8(fixture("keys/carl.pub")).unwrap();
    let by_key = scene.look(&pem);
    assert_eq!(indexes(&by_key), [2]);
    assert_eq!(outcome(&by_key.report.entries[0], "lookup"), Outcome::Passed);

    for nothing in ["7", "carl@example.org", &"ab".repeat(40), &"ab".repeat(32), &"ab".repeat(64)] {
        let found = scene.look(nothing);
        assert_eq!((found.total, found.report.entries.len()), (0, 0), "{nothing}");
        assert!(found.report.log.trusted);
    }
}

#[test]
fn questions_are_read_strictly() {
    let digest = |hex: &str| Asked::Digest { algorithm: "sha256".into(), hex: hex.into() };
    let hex = "AB".repeat(32);
    let read = |text: &str| Question::parse(text);
    assert_eq!(read(&format!("  sha256:{hex}\n")), Ok(Question::Entries(digest(&"ab".repeat(32)))));
    assert_eq!(read("0"), Ok(Question::Entries(Asked::Index(0))));
    assert_eq!(read("a@b.example"), Ok(Question::Entries(Asked::Email("a@b.example".into()))));
    assert_eq!(read(""), Err(QuestionError::Empty));
    for unknown in ["007", "-1", "a@b\"", "@b", "a@", "a b@c", "sha256:zz", "hello", &"a".repeat(100_000)] {
        assert_eq!(read(unknown), Err(QuestionError::Unknown), "{unknown:.20}");
    }
    let short = QuestionError::Digits { algorithm: "sha256".into(), found: 4, expected: 64 };
    assert_eq!(read("sha256:abcd"), Err(short));
    for text in [hex.to_lowercase(), "sha1:".to_owned() + &"0".repeat(40), "12".into(), "a@b.example".into()] {
        let question = read(&text).unwrap();
        assert_eq!(read(&question.to_text()), Ok(question));
    }
    for name in ["carl", "dora", "erik"] {
        let question = Question::parse(&String::from_utf8(fixture(&format!("keys/{name}.pub"))).unwrap()).unwrap();
        assert_eq!(read(&question.to_text()), Ok(question), "a key in one line");
    }
    let link = fixture("first-rekor-twin/package.link");
    let expected = Digests::of(&link).get("sha256").unwrap();
    assert_eq!(Question::of_file(&link), Ok(Question::Entries(digest(&expected))));
    assert!(matches!(Question::of_file(&fixture("keys/carl.pub")), Ok(Question::Entries(Asked::Key(_)))));
}

/// A variant of one link, with so many line feeds behind it.
fn padded(count: usize) -> Vec<u8> {
    [fixture("first-rekor-twin/package.link"), vec![b'\n'; count]].concat()
}

/// A scene with so many variants of one link that they take more than a page.
fn crowded() -> Scene {
    let scene = Scene::new();
    for i in 1..=25 {
        scene.add_bytes(&padded(i), "carl");
    }
    scene
}

#[test]
fn pages_follow_each_other_under_one_checkpoint() {
    let scene = crowded();
    let mut explorer = scene.explorer(Question::parse(&product()).unwrap(), Seen::default());
    let first = scene.page(&mut explorer, |_, response| Ok(response));
    assert_eq!((first.total, first.more, first.report.entries.len()), (27, true, 20));
    scene.add("links/other.link", "carl");
    explorer.next_page();
    let second = scene.page(&mut explorer, |_, response| Ok(response));
    assert_eq!((second.total, second.more, second.report.entries.len()), (27, false, 7));
    assert_eq!(first.report.checkpoint, second.report.checkpoint);
    let mut all = indexes(&first);
    all.extend(indexes(&second));
    all.dedup();
    assert_eq!(all.len(), 27);
    assert!(second.report.entries.iter().all(|entry| entry.outcome == Outcome::Passed));
}

#[test]
fn the_log_shows_its_newest_entries_and_only_new_ones_afterwards() {
    let scene = crowded();
    let found = scene.newest(0, Seen::default());
    assert_eq!((found.total, found.more), (28, true));
    assert_eq!(indexes(&found), (8..28).rev().collect::<Vec<_>>());
    assert!(found.report.entries.iter().all(|entry| entry.outcome == Outcome::Passed));
    assert!(found.report.signatures[0].log && found.report.remembered_size.is_none());

    let seen = Seen::parse(&found.seen).unwrap();
    let again = scene.newest(28, seen.clone());
    assert_eq!((again.total, again.report.entries.len(), again.report.remembered_size), (0, 0, Some(28)));
    scene.add("links/other.link", "carl");
    let grown = scene.newest(28, seen);
    assert_eq!(indexes(&grown), [28]);
    let consistency = grown.report.checks.iter().find(|check| check.id.name() == "log-consistency").unwrap();
    assert_eq!(consistency.outcome, Outcome::Passed);
}

/// Our log as one of Rekor v1: by its ECDSA key and its API, without tiles.
fn as_v1(scene: &Scene) -> Policy {
    let get = |path: &str| {
        let url = format!("{}/api/v1/log{path}", scene.base);
        scene.send(&Ask { method: Method::Get, url, body: None, limit: 1 << 16 }).body
    };
    let key = PublicKey::parse(&get("/publicKey")).unwrap();
    let state = String::from_utf8(get("")).unwrap();
    let name = state.split_once("\"signedTreeHead\":\"").unwrap().1.split_once(" - ").unwrap().0;
    let vkey = Vkey { name: name.into(), key_type: KeyType::EcdsaP256, key: key.spki_der().to_vec() };
    Policy::parse(&format!("log {vkey} {}\nquorum none\n", scene.base)).unwrap()
}

#[test]
fn a_log_of_rekor_v1_is_held_to_its_past_by_its_own_proofs() {
    let mut scene = crowded();
    scene.policy = as_v1(&scene);
    let api = |ask: &Ask, response: Response| {
        assert!(ask.url.contains("/api/v1/"), "{}", ask.url);
        Ok(response)
    };
    let newest = |scene: &Scene, seen| scene.page(&mut scene.explorer(Question::Newest { known: 0 }, seen), api);
    let consistency = |found: &Explored| {
        let check = found.report.checks.iter().find(|check| check.id.name() == "log-consistency").unwrap();
        (check.outcome, check.required)
    };
    let first = newest(&scene, Seen::default());
    assert_eq!(indexes(&first), (8..28).rev().collect::<Vec<_>>());
    assert!(first.report.entries.iter().all(|entry| entry.outcome == Outcome::Passed));
    let fork = scene.fork();
    // From 28 entries to 32, and on: RFC 9162 writes proofs from a whole subtree in another way.
    let mut seen = Seen::parse(&first.seen).unwrap();
    for size in 29..=33 {
        scene.add_bytes(&padded(100 + size), "carl");
        let grown = newest(&scene, seen);
        assert_eq!((consistency(&grown), grown.report.log.size), ((Outcome::Passed, true), Some(size as u64)));
        seen = Seen::parse(&grown.seen).unwrap();
    }
    let older = newest(&fork, seen.clone());
    assert_eq!(consistency(&older).0, Outcome::NotChecked, "nobody can prove a tree that is not there");
    for i in 0..6 {
        fork.add_bytes(&padded(200 + i), "carl");
    }
    let forked = newest(&fork, seen);
    assert_eq!(consistency(&forked), (Outcome::Failed, true));
    assert!(forked.report.entries.iter().all(|entry| entry.outcome == Outcome::Failed));
}

#[test]
fn a_folder_of_tiles_is_read_by_index() {
    let scene = Scene::new();
    let only_tiles = |ask: &Ask, response: Response| {
        Ok(match ask.url.contains("/api/") {
            true => Response { status: 404, body: Vec::new(), truncated: false },
            false => response,
        })
    };
    let found = scene.lied_to("2", only_tiles);
    let entry = &found.report.entries[0];
    assert_eq!((entry.outcome, entry.index, entry.time), (Outcome::Passed, Some(2), None), "{:#?}", entry.checks);
    assert_eq!(entry.link.as_ref().unwrap().step, "package");
    let newest = scene.page(&mut scene.explorer(Question::Newest { known: 0 }, Seen::default()), only_tiles);
    assert_eq!(indexes(&newest), [2, 1, 0]);
    assert!(newest.report.entries.iter().all(|entry| entry.outcome == Outcome::Passed));
    let search = scene.lied_to(&product(), only_tiles);
    assert!(search.problem.unwrap().contains("404 to a search"));
    assert!(scene.lied_to("9", only_tiles).report.entries.is_empty());
}

#[test]
fn a_chain_is_walked_in_both_directions() {
    let scene = Scene::new();
    let walk = |sha256: String, hops| {
        let question = Question::Chain { sha256, hops };
        let found = scene.page(&mut scene.explorer(question, Seen::default()), |_, response| Ok(response));
        assert!(found.report.entries.iter().all(|entry| entry.outcome == Outcome::Passed));
        found.graph.unwrap()
    };
    let graph = walk(product(), 3);
    let steps =
        |name: &str| graph.steps.iter().filter(|step| step.name == name).map(|step| step.column).collect::<Vec<_>>();
    assert_eq!((steps("package"), steps("clone")), (vec![-1, -1], vec![-3]));
    assert_eq!(graph.artifacts[0].sha256, product());
    assert!(!graph.cut && graph.artifacts.iter().all(|artifact| artifact.followed));

    let first = graph.artifacts.iter().find(|artifact| artifact.column == -2).unwrap();
    let on = walk(first.sha256.clone(), 1);
    assert!(on.steps.iter().any(|step| step.column == 1) && on.steps.iter().any(|step| step.column == -1));
    let made = on.artifacts.iter().find(|artifact| artifact.sha256 == product()).unwrap();
    assert_eq!((made.column, made.followed, made.names[0].as_str()), (2, false, "foo.tar.gz"));
    for edge in &on.edges {
        let (step, artifact) = (&on.steps[edge.step], &on.artifacts[edge.artifact]);
        let passed_on = on
            .edges
            .iter()
            .any(|other| (other.step, other.artifact, other.made) == (edge.step, edge.artifact, !edge.made));
        assert!(passed_on || edge.made == (artifact.column > step.column), "time goes one way");
    }
}

/// Changes the first `from` in a JSON answer about entries.
fn swapped(from: &str, to: &str) -> impl Fn(&Ask, Response) -> Result<Response, String> {
    let (from, to) = (from.to_owned(), to.to_owned());
    move |ask, mut response| {
        if ask.url.contains("entries") {
            response.body = String::from_utf8_lossy(&response.body).replace(&from, &to).into_bytes();
        }
        Ok(response)
    }
}

#[test]
fn a_wrong_index_or_leaf_or_file_is_noticed() {
    let scene = Scene::new();
    let honest = scene.look("2");
    let entry = &honest.report.entries[0];

    let found = scene.lied_to(&entry.uuid, swapped("\"logIndex\":2", "\"logIndex\":1"));
    assert_eq!(outcome(&found.report.entries[0], "entry-inclusion"), Outcome::Failed);
    assert_eq!(found.report.entries[0].outcome, Outcome::Failed);

    let other = scene.look("1").report.entries[0].raw.clone().unwrap();
    let raw = entry.raw.as_ref().unwrap();
    let found = scene.lied_to(&entry.uuid, swapped(raw.body.as_ref().unwrap(), other.body.as_ref().unwrap()));
    assert_eq!(outcome(&found.report.entries[0], "entry-body"), Outcome::Failed);
    assert!(found.report.entries[0].link.is_none(), "what was not recorded is not shown as the link");

    let found = scene.lied_to(&entry.uuid, swapped(&raw.leaf, &other.leaf));
    assert_eq!(outcome(&found.report.entries[0], "entry-leaf"), Outcome::Failed);

    let found = scene.lied_to("1", swapped("\"logIndex\":1", "\"logIndex\":2"));
    assert!(found.report.entries.iter().all(|entry| entry.outcome != Outcome::Passed));
}

#[test]
fn an_entry_that_was_not_asked_for_is_noticed() {
    let scene = Scene::new();
    let others = scene.look("0").report.entries[0].uuid.clone();
    let found = scene.lied_to(&product(), |ask, mut response| {
        if ask.url.ends_with("index/retrieve") {
            response.body = format!("[\"{others}\"]").into_bytes();
        }
        Ok(response)
    });
    assert_eq!(outcome(&found.report.entries[0], "lookup"), Outcome::Failed);
    assert_eq!(found.report.entries[0].outcome, Outcome::Failed);

    let pem = String::from_utf8(fixture("keys/carl.pub")).unwrap();
    let found = scene.lied_to(&pem, |ask, mut response| {
        if ask.url.ends_with("index/retrieve") {
            response.body = format!("[\"{others}\"]").into_bytes();
        }
        Ok(response)
    });
    assert_eq!(outcome(&found.report.entries[0], "lookup"), Outcome::Failed);
}

#[test]
fn an_entry_that_is_named_and_not_given_is_said_to_be_missing() {
    let scene = Scene::new();
    let found = scene.lied_to(&product(), |ask, mut response| {
        if ask.url.contains("entries") {
            response.body = b"[]".to_vec();
        }
        Ok(response)
    });
    assert_eq!(found.report.entries.len(), 2);
    for entry in &found.report.entries {
        assert_eq!(entry.outcome, Outcome::NotChecked);
        assert!(entry.checks[0].sentence.contains("does not return it"));
    }
}

#[test]
fn a_forked_tree_is_an_alarm() {
    let scene = Scene::new();
    let seen = {
        let fork = scene.fork();
        fork.add("links/two-products.link", "carl");
        fork.add("links/compact.link", "dora");
        Seen::parse(&fork.newest(0, Seen::default()).seen).unwrap()
    };
    scene.add("links/other.link", "carl");
    scene.add("links/escapes.link", "carl");
    scene.add("links/whitespace.link", "carl");
    let found = scene.newest(0, seen);
    assert!(found.report.log.alarm.is_some());
    assert!(found.report.entries.iter().all(|entry| entry.outcome == Outcome::Failed));
    assert!(found.seen.contains("alarm"));
}

#[test]
fn a_log_that_nobody_named_proves_nothing() {
    let scene = Scene::new();
    let question = Question::parse("2").unwrap();
    let mut explorer = Explorer::new(question, Policy::default(), &scene.base, Seen::default());
    let found = scene.page(&mut explorer, |_, response| Ok(response));
    assert_eq!(found.report.entries[0].outcome, Outcome::Untrusted);
    assert!(!found.report.log.trusted && found.report.entries[0].raw.as_ref().unwrap().receipt.is_none());
}

type Lie = dyn Fn(&Ask, Response) -> Result<Response, String>;

#[test]
fn garbage_too_much_and_nothing_end_in_words() {
    let scene = Scene::new();
    let giant = |_: &Ask, response: Response| Ok(Response { body: vec![b'['; 40 << 20], ..response });
    let garbage = |_: &Ask, response: Response| Ok(Response { body: b"\x00garbage".to_vec(), ..response });
    let cut = |_: &Ask, response: Response| {
        Ok(Response { body: response.body[..response.body.len() / 2].to_vec(), ..response })
    };
    let silent = |_: &Ask, _: Response| Err("no full answer within 10 seconds".to_owned());
    let failing = |_: &Ask, response: Response| Ok(Response { status: 500, ..response });
    let lies: [(&str, &Lie); 5] =
        [("giant", &giant), ("garbage", &garbage), ("cut", &cut), ("silent", &silent), ("failing", &failing)];
    let uuid = scene.look("2").report.entries[0].uuid.clone();
    let questions = [product(), "2".into(), "a@b.example".into(), uuid].map(|text| Question::parse(&text).unwrap());
    let more = [Question::Newest { known: 0 }, Question::Chain { sha256: product(), hops: 6 }];
    for question in questions.into_iter().chain(more) {
        for (name, lie) in &lies {
            let found = scene.page(&mut scene.explorer(question.clone(), Seen::default()), lie);
            assert!(found.problem.is_some(), "{name}: {question:?}");
            assert!(found.report.entries.iter().all(|entry| entry.outcome != Outcome::Passed), "{name}: {question:?}");
        }
    }
}
