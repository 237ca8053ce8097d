//! The state of the page and everything that changes it. Nothing here does anything: the engine acts,
//! the views draw.

use crate::exports::Kept;
use crate::json::read_fields;
use crate::later::Later;
use crate::report::Report;
use crate::samples::Trial;
use crate::trust::{Alarm, Trust};
use std::rc::Rc;
use yew::Reducible;

/// A file that the reader brought. Its contents stay with the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Never used twice on one page.
    pub id: u32,
    /// As the reader's system calls it; with the folders in front of it where it came from one.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Bytes read in this run.
    pub done: u64,
    /// Lower-case hex, once it has been read.
    pub sha256: Option<String>,
}

/// A signer whom the reader expects. Lives as long as the tab, unless the reader wants it kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Signer {
    /// What the reader calls it.
    pub name: String,
    /// SHA-256 of the key's SPKI DER form, lower-case hex.
    pub fingerprint: String,
    /// The key, in any form that the verifier reads.
    pub key: String,
}

read_fields!(Signer { name, fingerprint, key });

/// Whom the reader expects in the certificate of a Sigstore bundle. Lives as long as the tab, unless the reader wants it
/// kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// An e-mail address or a URI, exactly.
    pub identity: String,
    /// Who vouches for it: the address of an OpenID Connect issuer, exactly.
    pub issuer: String,
}

read_fields!(Identity { identity, issuer });

/// Where the check of the present files stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// Nothing to check.
    #[default]
    Idle,
    /// The files are being read, or wait for the verifier to start.
    Reading,
    /// Some files are read once more, for what they hold.
    Rereading(Vec<u32>),
    /// A part of the verifier that few files need is on its way.
    Loading,
    /// The log has been asked this many times.
    Asking(usize),
    /// The result.
    Done(Rc<Report>),
    /// Stopped by the reader.
    Cancelled,
    /// Stopped by trouble, in words.
    Failed(String),
}

impl Phase {
    /// The phase's name in the page's `data-state`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Reading => "reading",
            Self::Rereading(_) => "rereading",
            Self::Loading => "loading",
            Self::Asking(_) => "asking",
            Self::Done(_) => "report",
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
        }
    }
}

/// The verifier's worker.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verifier {
    /// On its way.
    #[default]
    Starting,
    /// Takes messages.
    Ready,
    /// Did not start, and why.
    Broken(String),
}

/// The part of the page that is loaded when it is needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LaterPart {
    /// Not there yet.
    #[default]
    Awaited,
    /// There.
    Here(&'static Later),
    /// It could not be loaded.
    Missing,
}

/// The state of the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Number of the present run. It grows with every change of the input, so that what arrives late
    /// is known to be late.
    pub run: u32,
    /// Where that run stands.
    pub phase: Phase,
    /// What can be kept of its result.
    pub kept: Option<Rc<Kept>>,
    /// The sample that is tried; the files are its then.
    pub trial: Option<Trial>,
    /// What the reader brought.
    pub files: Vec<Item>,
    /// Whom the reader expects.
    pub signers: Vec<Signer>,
    /// Which identity the reader expects.
    pub identity: Option<Identity>,
    /// Whether whom the reader expects is kept for later visits.
    pub keep: bool,
    /// Why the last key was not accepted.
    pub key_error: Option<String>,
    /// Why what was dropped last was not taken.
    pub files_error: Option<String>,
    /// Whom the page trusts.
    pub trust: Trust,
    /// The address of the one log that is asked; `None` for all of the policy.
    pub only: Option<String>,
    /// What a person has to deal with.
    pub alarms: Vec<Alarm>,
    /// The worker.
    pub verifier: Verifier,
    /// What is drawn once there is something to show.
    pub later: LaterPart,
}

/// What can happen.
pub enum Action {
    /// The worker takes messages.
    VerifierReady,
    /// The worker did not start.
    VerifierBroken(String),
    /// A new worker is on its way, after the last one failed.
    VerifierRestarting,
    /// The part that is loaded when it is needed is there, or could not be had.
    Later(LaterPart),
    /// The policy file was read.
    Trust(Trust),
    /// The reader wants this log to be asked alone, or all of them.
    AskOnly(Option<String>),
    /// An alarm, new or remembered.
    Alarm(Alarm),
    /// A person dealt with an alarm.
    Dealt(Alarm),
    /// The reader brought files.
    Add(Vec<Item>),
    /// The reader tries a sample, with these files.
    Try(Trial, Vec<Item>),
    /// What the reader brought was not taken.
    FilesRefused(String),
    /// The reader took a file away.
    Remove(u32),
    /// The reader took all files away.
    StartAgain,
    /// The reader stopped the run.
    Cancel,
    /// The reader wants the same check once more.
    Again,
    /// The reader expects a signer.
    Expect(Signer),
    /// The reader no longer expects the signer with this fingerprint.
    Unexpect(String),
    /// The reader expects an identity.
    ExpectIdentity(Identity),
    /// The reader no longer expects any.
    UnexpectIdentity,
    /// The reader wants expected signers kept for later visits, or no longer.
    Keep(bool),
    /// What the reader gave is not a key.
    KeyRefused(String),
    /// So many bytes of a file were read, in a run.
    Progress(u32, u32, u64),
    /// A file was read, in a run; its SHA-256.
    Hashed(u32, u32, String),
    /// These files are read once more, in a run.
    Rereading(u32, Vec<u32>),
    /// A part of the verifier that few files need is being loaded, in a run.
    Loading(u32),
    /// The log is being asked, in a run.
    Asked(u32, usize),
    /// A run came to its end, with what can be kept of it.
    Report(u32, Rc<Report>, Rc<Kept>),
    /// A run met trouble.
    Failed(u32, String),
}

impl Model {
    /// The run to hand to the worker, once the worker and the policy are there.
    pub fn startable(&self) -> Option<u32> {
        let settled = self.verifier == Verifier::Ready && self.trust != Trust::Loading;
        (settled && self.busy()).then_some(self.run)
    }

    /// Whether a check is under way.
    pub fn busy(&self) -> bool {
        matches!(self.phase, Phase::Reading | Phase::Rereading(_) | Phase::Loading | Phase::Asking(_))
    }

    /// The report, where there is one.
    pub fn report(&self) -> Option<&Rc<Report>> {
        match &self.phase {
            Phase::Done(report) => Some(report),
            _ => None,
        }
    }

    /// Whether it is said who had to sign: by the reader, or by the sample that is tried.
    pub fn expects_somebody(&self) -> bool {
        self.trial.is_some() || !self.signers.is_empty() || self.identity.is_some()
    }

    /// The policy that counts now: none while a log's changed key waits for a decision.
    pub fn policy_text(&self) -> &str {
        let undecided = self.alarms.iter().any(|alarm| matches!(alarm, Alarm::KeyChanged { .. }));
        match &self.trust {
            Trust::Policy(text, _) if !undecided => text,
            _ => "",
        }
    }

    /// The input changed: whatever was found out before is void.
    fn restart(&mut self) {
        self.run += 1;
        self.kept = None;
        self.files_error = None;
        for file in &mut self.files {
            file.done = 0;
        }
        self.phase = match self.files.is_empty() {
            true => Phase::Idle,
            false => Phase::Reading,
        };
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::VerifierReady => self.verifier = Verifier::Ready,
            Action::VerifierRestarting => self.verifier = Verifier::Starting,
            Action::VerifierBroken(message) => self.verifier = Verifier::Broken(message),
            Action::Later(later) => self.later = later,
            Action::Trust(trust) => self.trust = trust,
            Action::AskOnly(only) => {
                self.only = only;
                self.restart();
            }
            Action::Alarm(alarm) => self.alarm(alarm),
            Action::Dealt(alarm) => self.alarms.retain(|other| *other != alarm),
            Action::Add(files) => {
                // What is the reader's own never mixes with a sample.
                if self.trial.take().is_some() {
                    self.files.clear();
                }
                self.files.extend(files);
                self.restart();
            }
            Action::Try(trial, files) => {
                (self.trial, self.files) = (Some(trial), files);
                self.restart();
            }
            Action::FilesRefused(message) => self.files_error = Some(message),
            Action::Remove(id) => {
                self.files.retain(|file| file.id != id);
                self.trial = self.trial.take().filter(|_| !self.files.is_empty());
                self.restart();
            }
            Action::StartAgain => {
                self.files.clear();
                self.trial = None;
                self.restart();
            }
            Action::Cancel if self.busy() => {
                self.restart();
                self.phase = Phase::Cancelled;
            }
            Action::Cancel => {}
            Action::Again => self.restart(),
            Action::Expect(signer) => self.expect_signer(signer),
            Action::Unexpect(fingerprint) => {
                self.signers.retain(|signer| signer.fingerprint != fingerprint);
                self.restart();
            }
            Action::ExpectIdentity(identity) => {
                self.identity = Some(identity);
                self.restart();
            }
            Action::UnexpectIdentity => {
                self.identity = None;
                self.restart();
            }
            Action::Keep(keep) => self.keep = keep,
            Action::KeyRefused(message) => self.key_error = Some(message),
            Action::Progress(run, ..)
            | Action::Hashed(run, ..)
            | Action::Rereading(run, _)
            | Action::Loading(run)
            | Action::Asked(run, _)
            | Action::Report(run, ..)
            | Action::Failed(run, _)
                if run != self.run || !self.busy() => {}
            Action::Progress(_, id, done) => self.file(id, |file| file.done = done),
            Action::Hashed(_, id, sha256) => self.file(id, |file| {
                file.done = file.size;
                file.sha256 = Some(sha256);
            }),
            Action::Rereading(_, ids) => {
                ids.iter().for_each(|id| self.file(*id, |file| file.done = 0));
                self.phase = Phase::Rereading(ids);
            }
            Action::Loading(_) => self.phase = Phase::Loading,
            Action::Asked(_, count) => self.asked(count),
            Action::Report(_, report, kept) => {
                self.phase = Phase::Done(report);
                self.kept = Some(kept);
            }
            Action::Failed(_, message) => self.phase = Phase::Failed(message),
        }
    }

    fn file(&mut self, id: u32, change: impl FnOnce(&mut Item)) {
        if let Some(file) = self.files.iter_mut().find(|file| file.id == id) {
            change(file);
        }
    }

    fn asked(&mut self, count: usize) {
        let before = match self.phase {
            Phase::Asking(before) => before,
            _ => 0,
        };
        self.phase = Phase::Asking(before + count);
    }

    fn expect_signer(&mut self, signer: Signer) {
        self.key_error = None;
        self.signers.retain(|known| known.fingerprint != signer.fingerprint);
        self.signers.push(signer);
        self.restart();
    }

    fn alarm(&mut self, alarm: Alarm) {
        if !self.alarms.iter().any(|other| alarm.repeats(other)) {
            self.alarms.push(alarm);
        }
    }
}

impl Reducible for Model {
    type Action = Action;

    fn reduce(mut self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::make_mut(&mut self).apply(action);
        self
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
