use super::*;
use crate::report::Verdict;
use crate::trust::Policy;

fn item(id: u32) -> Item {
    Item { id, name: format!("file-{id}"), size: 10, done: 0, sha256: None }
}

fn signer(fingerprint: &str) -> Signer {
    Signer { name: "carl".to_owned(), fingerprint: fingerprint.to_owned(), key: "pem".to_owned() }
}

fn report() -> Rc<Report> {
    Rc::new(Report { verdict: Verdict::Verified, ..Report::default() })
}

fn identity() -> Identity {
    Identity { identity: "a@example.org".to_owned(), issuer: "https://issuer.example".to_owned() }
}

fn key_changed() -> Alarm {
    Alarm::KeyChanged { log: "log".to_owned(), before: "aa".to_owned(), now: "bb".to_owned() }
}

/// A page on which everything has started and two files lie.
fn started() -> Model {
    let policy = Policy { logs: Vec::new(), witnesses: Vec::new(), quorum: "none".to_owned() };
    let mut model = Model::default();
    model.apply(Action::VerifierReady);
    model.apply(Action::Trust(Trust::Policy("policy".to_owned(), policy)));
    model.apply(Action::Add(vec![item(1), item(2)]));
    model
}

#[test]
fn a_run_waits_for_verifier_and_policy() {
    let mut model = Model::default();
    model.apply(Action::Add(vec![item(1)]));
    assert_eq!(model.startable(), None);
    model.apply(Action::VerifierReady);
    assert_eq!(model.startable(), None);
    model.apply(Action::Trust(Trust::None("absent".to_owned())));
    assert_eq!(model.startable(), Some(1));
}

#[test]
fn a_run_goes_through_reading_and_asking_to_its_report() {
    let mut model = started();
    model.apply(Action::Progress(1, 2, 4));
    assert_eq!(model.files[1].done, 4);
    model.apply(Action::Hashed(1, 2, "aa".to_owned()));
    assert_eq!((model.files[1].done, model.files[1].sha256.as_deref()), (10, Some("aa")));
    model.apply(Action::Asked(1, 2));
    model.apply(Action::Asked(1, 1));
    assert_eq!(model.phase, Phase::Asking(3));
    model.apply(Action::Report(1, report(), Rc::default()));
    assert!(model.report().is_some());
    assert_eq!(model.startable(), None);
}

#[test]
fn a_run_may_read_again_and_load() {
    let mut model = started();
    model.apply(Action::Hashed(1, 2, "aa".to_owned()));
    model.apply(Action::Rereading(1, vec![2]));
    assert_eq!((model.files[1].done, model.busy()), (0, true));
    model.apply(Action::Progress(1, 2, 4));
    assert_eq!(model.files[1].done, 4);
    model.apply(Action::Loading(1));
    assert_eq!((&model.phase, model.startable()), (&Phase::Loading, Some(1)));
    model.apply(Action::Cancel);
    model.apply(Action::Rereading(1, vec![2]));
    assert_eq!(model.phase, Phase::Cancelled);
}

#[test]
fn what_was_refused_is_said_until_the_next_change() {
    let mut model = started();
    model.apply(Action::FilesRefused("too many".to_owned()));
    assert!(model.files_error.is_some() && model.busy());
    model.apply(Action::Add(vec![item(3)]));
    assert_eq!(model.files_error, None);
}

#[test]
fn any_change_of_the_input_voids_the_result() {
    let changes: [fn() -> Action; 8] = [
        || Action::Add(vec![item(3)]),
        || Action::Remove(1),
        || Action::StartAgain,
        || Action::Expect(signer("aa")),
        || Action::Unexpect("aa".to_owned()),
        || Action::ExpectIdentity(identity()),
        || Action::UnexpectIdentity,
        || Action::Again,
    ];
    for change in changes {
        let mut model = started();
        model.apply(Action::Report(1, report(), Rc::default()));
        model.apply(change());
        assert_eq!(model.report(), None);
        assert_eq!(model.run, 2);
        model.apply(Action::Report(1, report(), Rc::default()));
        assert_eq!(model.report(), None, "a late report is dropped");
    }
}

#[test]
fn without_files_there_is_nothing_to_check() {
    let mut model = started();
    model.apply(Action::Remove(1));
    assert_eq!(model.phase, Phase::Reading);
    model.apply(Action::Remove(2));
    assert_eq!(model.phase, Phase::Idle);
    model.apply(Action::Expect(signer("aa")));
    assert_eq!(model.phase, Phase::Idle);
}

#[test]
fn a_cancelled_run_stays_cancelled() {
    let mut model = started();
    model.apply(Action::Cancel);
    assert_eq!(model.phase, Phase::Cancelled);
    model.apply(Action::Failed(1, "late".to_owned()));
    model.apply(Action::Asked(2, 1));
    assert_eq!(model.phase, Phase::Cancelled);
    model.apply(Action::Again);
    assert_eq!(model.startable(), Some(3));
}

#[test]
fn a_finished_run_cannot_be_cancelled() {
    let mut model = started();
    model.apply(Action::Report(1, report(), Rc::default()));
    model.apply(Action::Cancel);
    assert!(model.report().is_some());
}

#[test]
fn a_sample_says_itself_whom_it_expects() {
    let mut model = started();
    assert!(!model.expects_somebody());
    let trial = Trial { sample: crate::samples::Sample::UnknownSigner, policy: String::new(), signer: String::new() };
    model.apply(Action::Try(trial, vec![item(3)]));
    assert!(model.expects_somebody());
    for chosen in [Action::Expect(signer("aa")), Action::ExpectIdentity(identity())] {
        let mut model = started();
        model.apply(chosen);
        assert!(model.expects_somebody());
    }
}

#[test]
fn a_signer_counts_once() {
    let mut model = started();
    model.apply(Action::KeyRefused("not a key".to_owned()));
    model.apply(Action::Expect(signer("aa")));
    model.apply(Action::Expect(signer("aa")));
    assert_eq!((model.signers.len(), &model.key_error), (1, &None));
}

#[test]
fn a_changed_key_trusts_nothing_until_it_is_dealt_with() {
    let mut model = started();
    assert_eq!(model.policy_text(), "policy");
    model.apply(Action::Alarm(key_changed()));
    model.apply(Action::Alarm(key_changed()));
    assert_eq!((model.alarms.len(), model.policy_text()), (1, ""));
    model.apply(Action::Dealt(key_changed()));
    assert_eq!((model.alarms.len(), model.policy_text()), (0, "policy"));
}
