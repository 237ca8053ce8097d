//! Several visits at once share one memory: none of them drops an alarm or turns a checkpoint back.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_client::Seen;
use rekor_log::{Log, Submission};
use rekor_verifier::format::note::Vkey;
use std::path::Path;

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures").join(path)).unwrap()
}

/// A log's key, and its checkpoints of 0, 1 and 2 entries.
fn log() -> (Vkey, [String; 3]) {
    let folder = tempfile::TempDir::new().unwrap();
    let log = Log::create(folder.path(), None).unwrap();
    let note = || log.head().checkpoint;
    let add = |link: &str| {
        log.add(Submission { content: fixture(link), keys: vec![fixture("keys/carl.pub")], digest_only: true })
            .unwrap();
        note()
    };
    let empty = note();
    (log.vkey().parse().unwrap(), [empty, add("links/other.link"), add("first-rekor-twin/package.link")])
}

fn seen(vkey: &Vkey, signed: Option<&str>, alarm: Option<&str>) -> Seen {
    let logs = serde_json::json!({ vkey.to_string(): { "signed": signed, "alarm": alarm } });
    Seen::parse(&serde_json::json!({ "logs": logs }).to_string()).unwrap()
}

#[test]
fn a_visit_adds_what_it_saw() {
    let (vkey, [old, new, _]) = log();
    let (before, after) = (seen(&vkey, Some(&old), None), seen(&vkey, Some(&new), None));
    let mut stored = before.clone();
    stored.merge(&before, &after);
    assert_eq!(stored, after);
    let mut empty = Seen::default();
    empty.merge(&Seen::default(), &after);
    assert_eq!(empty, after);
    assert_eq!(empty.vkeys().collect::<Vec<_>>(), [vkey]);
}

#[test]
fn a_checkpoint_that_another_visit_stored_stays() {
    let (vkey, [old, new, newest]) = log();
    let before = seen(&vkey, Some(&old), None);
    let mut stored = seen(&vkey, Some(&newest), None);
    stored.merge(&before, &seen(&vkey, Some(&new), None));
    assert_eq!(stored, seen(&vkey, Some(&newest), None));
}

#[test]
fn an_alarm_is_never_dropped() {
    let (vkey, [old, new, _]) = log();
    let (before, alarmed) = (seen(&vkey, Some(&old), None), seen(&vkey, Some(&old), Some("forked")));
    let mut stored = alarmed.clone();
    stored.merge(&before, &seen(&vkey, Some(&new), None));
    assert_eq!(stored.alarm(&vkey), Some("forked"));

    // The other way round: this visit raises it, another one moved the checkpoint.
    let mut stored = seen(&vkey, Some(&new), None);
    stored.merge(&before, &alarmed);
    assert_eq!(stored, seen(&vkey, Some(&new), Some("forked")));
}

#[test]
fn what_was_forgotten_meanwhile_stays_forgotten() {
    let (vkey, [old, new, _]) = log();
    let alarmed = seen(&vkey, Some(&old), Some("forked"));
    let mut stored = alarmed.clone();
    assert!(stored.forget(&vkey));
    stored.merge(&alarmed, &alarmed);
    assert_eq!(stored, Seen::default());
    stored.merge(&seen(&vkey, Some(&old), None), &seen(&vkey, Some(&new), None));
    assert_eq!(stored, seen(&vkey, None, None));
}
