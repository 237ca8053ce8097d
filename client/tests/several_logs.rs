//! A policy with two logs: they are asked in turn, and no answer of one takes from what the other proves.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

mod scene;

use rekor_client::{Ask, Done, Response, Seen, Session, Step};
use rekor_verifier::check::digest::Digests;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{Check, CheckId, Verdict};
use scene::{Scene, fixture, time};

const PRODUCT: &str = "first-rekor-twin/foo.tar.gz";
const LINK: &str = "first-rekor-twin/package.link";

/// What comes back for a request, by somebody who may change it.
type Answer = Result<Response, String>;

/// The logs in the order in which the policy names them, and how often each was asked.
struct Two {
    logs: [Scene; 2],
    policy: Policy,
    asked: [usize; 2],
}

impl Two {
    fn new(first: Scene, second: Scene) -> Self {
        let mut policy = first.policy.clone();
        policy.logs.extend(second.policy.logs.iter().cloned());
        Self { logs: [first, second], policy, asked: [0, 0] }
    }

    /// The report on a product, with its link or without, where `answer` has the last word on what log `i` answers.
    fn verify(&mut self, files: &[&str], seen: &Seen, answer: impl Fn(usize, &Ask, Response) -> Answer) -> Done {
        self.asked = [0, 0];
        let addresses = [&self.logs[0].base[..], &self.logs[1].base];
        let mut session = Session::new(self.policy.clone(), time(), &addresses, seen.clone());
        for file in files {
            let bytes = fixture(file);
            session.add_file(file, Digests::of(&bytes), Some(&bytes));
        }
        for _ in 0..40 {
            let asks = match session.step() {
                Step::Done(done) => return *done,
                Step::Ask(asks) => asks,
                Step::Read(_) | Step::LoadBundleVerifier => panic!("there is no layout and no bundle"),
            };
            for (id, ask) in asks {
                let i = usize::from(ask.url.starts_with(&self.logs[1].base));
                self.asked[i] += 1;
                match answer(i, &ask, self.logs[i].send(&ask)) {
                    Ok(response) => session.answer(id, response),
                    Err(reason) => session.no_answer(id, &reason),
                }
            }
        }
        panic!("the session does not end");
    }

    fn honestly(&mut self, files: &[&str]) -> Done {
        self.verify(files, &Seen::default(), |_, _, response| Ok(response))
    }

    /// What is noted of log `i`, which was asked without deciding anything.
    fn note<'a>(&self, done: &'a Done, i: usize) -> Option<&'a Check> {
        let subject = format!("log {}", self.logs[i].base);
        done.report.checks.iter().find(|check| check.id == CheckId::Lookup && check.subject == subject)
    }

    fn decided_by(&self, done: &Done, i: usize) -> bool {
        done.report.log.as_ref().is_some_and(|log| log.url == self.logs[i].base)
    }
}

/// With the link, which is looked up by itself, and with the product alone.
const BOTH: [&[&str]; 2] = [&[PRODUCT, LINK], &[PRODUCT]];

#[test]
fn a_record_in_the_second_log_is_found() {
    let mut two = Two::new(Scene::empty(), Scene::new());
    for files in BOTH {
        let done = two.honestly(files);
        assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.to_json());
        assert!(two.decided_by(&done, 1));
        let note = two.note(&done, 0).expect("what the first log said");
        assert!(!note.required && note.sentence.contains("(its word)"), "{}", note.sentence);
        // The receipt of a link that was given is the second log's.
        assert_eq!(done.receipt(0).is_some(), files.contains(&LINK));
    }
}

#[test]
fn where_the_first_log_settles_it_the_second_is_not_asked() {
    let mut two = Two::new(Scene::new(), Scene::new());
    for files in BOTH {
        let done = two.honestly(files);
        assert_eq!((done.report.verdict, two.asked[1]), (Verdict::Verified, 0));
        assert!(two.decided_by(&done, 0) && two.note(&done, 1).is_none());
    }
    // Nor where all that is open is whom the reader expects: no log can know that.
    two.policy.signers = None;
    for files in BOTH {
        let done = two.honestly(files);
        assert_eq!((done.report.verdict, two.asked[1]), (Verdict::CouldNotTell, 0), "{}", done.report.to_json());
    }
}

#[test]
fn a_log_that_gives_no_answer_is_reported_and_the_other_one_asked() {
    let mut two = Two::new(Scene::new(), Scene::new());
    for files in BOTH {
        let silent =
            |i: usize, _: &Ask, response| if i == 0 { Err("it took too long".to_owned()) } else { Ok(response) };
        let done = two.verify(files, &Seen::default(), silent);
        assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.to_json());
        assert!(two.note(&done, 0).unwrap().sentence.contains("it took too long"));

        let done = two.verify(files, &Seen::default(), |_, _, _| Err("it took too long".to_owned()));
        assert_eq!(done.report.verdict, Verdict::CouldNotTell);
        assert!(two.decided_by(&done, 0) && two.note(&done, 1).is_some(), "{}", done.report.to_json());
    }
}

#[test]
fn one_that_has_only_a_part_does_not_hide_the_other() {
    // The proof is missing in the first, all of it is in the second.
    let mut two = Two::new(Scene::new(), Scene::new());
    let done = two.verify(BOTH[0], &Seen::default(), |i, ask, response| match i == 0 && ask.url.contains("/tile/") {
        true => Err("nothing came".to_owned()),
        false => Ok(response),
    });
    assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.to_json());
    assert!(two.decided_by(&done, 1));

    // Nothing at all in the second: what the first has is still what is shown.
    let mut two = Two::new(Scene::new(), Scene::empty());
    let done = two.verify(BOTH[0], &Seen::default(), |i, ask, response| match i == 0 && ask.url.contains("/tile/") {
        true => Err("nothing came".to_owned()),
        false => Ok(response),
    });
    assert_eq!(done.report.verdict, Verdict::CouldNotTell);
    assert!(two.decided_by(&done, 0) && done.report.links[0].entry.is_some(), "{}", done.report.to_json());
}

#[test]
fn the_trusted_signers_record_is_found_behind_a_strangers_in_the_first_log() {
    let first = Scene::empty();
    first.add("links/stranger.link", "mallory");
    let mut two = Two::new(first, Scene::new());
    let done = two.honestly(&[PRODUCT]);
    assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.to_json());
    assert!(two.decided_by(&done, 1));
}

/// The entry at another index than the log's tree has it at.
fn lie(response: Response) -> Response {
    match std::str::from_utf8(&response.body) {
        Ok(body) => Response { body: body.replace(r#""logIndex":2"#, r#""logIndex":1"#).into_bytes(), ..response },
        Err(_) => response,
    }
}

#[test]
fn a_log_that_lies_is_caught_and_confirms_nothing() {
    // The second one, where the first has no record.
    let mut two = Two::new(Scene::empty(), Scene::new());
    for files in BOTH {
        let done =
            two.verify(files, &Seen::default(), |i, _, response| Ok(if i == 1 { lie(response) } else { response }));
        assert_eq!(done.report.verdict, Verdict::NotVerified, "{}", done.report.to_json());
        assert!(two.decided_by(&done, 1));
    }
    // The first one: the second cannot make it good. A log of the policy has contradicted itself.
    let mut two = Two::new(Scene::new(), Scene::new());
    let done =
        two.verify(BOTH[0], &Seen::default(), |i, _, response| Ok(if i == 0 { lie(response) } else { response }));
    assert_eq!((done.report.verdict, two.asked[1]), (Verdict::NotVerified, 0));
    // The second one, where the first has the record: nobody asks it.
    let done =
        two.verify(BOTH[0], &Seen::default(), |i, _, response| Ok(if i == 1 { lie(response) } else { response }));
    assert_eq!((done.report.verdict, two.asked[1]), (Verdict::Verified, 0));
}

#[test]
fn what_was_seen_of_each_log_is_remembered() {
    let second = Scene::new();
    let other_history = second.fork();
    let mut two = Two::new(Scene::empty(), second);
    two.logs[0].add("first-rekor-twin/clone.link", "bob");
    let seen = two.honestly(BOTH[0]).seen;
    for log in &two.policy.logs {
        assert_eq!(seen.heads(&log.vkey).len(), 1, "{}", log.vkey);
    }

    // The second log shows another tree than it did: told, and kept until a person has dealt with it.
    other_history.add("links/other.link", "carl");
    two.logs[1].add("links/two-products.link", "carl");
    let seen = two.verify(BOTH[0], &seen, |_, _, response| Ok(response)).seen;
    two.logs[1] = other_history;
    two.logs[1].add("links/two-products.link", "carl");
    let done = two.verify(BOTH[0], &seen, |_, _, response| Ok(response));
    assert_eq!(done.report.verdict, Verdict::NotVerified, "{}", done.report.to_json());
    assert!(done.seen.alarm(&two.policy.logs[1].vkey).is_some() && done.seen.alarm(&two.policy.logs[0].vkey).is_none());
    assert_eq!(done.seen.heads(&two.policy.logs[1].vkey), seen.heads(&two.policy.logs[1].vkey));
}

#[test]
fn what_no_log_could_mend_ends_the_search() {
    // The link's signed content was changed: not verified, whatever any log has.
    let two = Two::new(Scene::new(), Scene::new());
    let changed = String::from_utf8(fixture(LINK)).unwrap().replace("package", "packige").into_bytes();
    let addresses = [&two.logs[0].base[..], &two.logs[1].base];
    let mut session = Session::new(two.policy.clone(), time(), &addresses, Seen::default());
    session.add_file("package.link", Digests::of(&changed), Some(&changed));
    let done = loop {
        match session.step() {
            Step::Done(done) => break done,
            Step::Ask(asks) => asks.into_iter().for_each(|(id, ask)| {
                assert!(ask.url.starts_with(addresses[0]), "{}", ask.url);
                session.answer(id, two.logs[0].send(&ask));
            }),
            Step::Read(_) | Step::LoadBundleVerifier => panic!("there is no layout and no bundle"),
        }
    };
    assert_eq!(done.report.verdict, Verdict::NotVerified, "{}", done.report.to_json());
}
