//! Drives a session to its end over HTTP, and keeps what the user has seen.

use crate::home::Home;
use crate::options::Options;
use crate::transport::Transport;
use crate::{Failure, files};
use rekor_client::{ContentsReader, Done, Seen, Session, Step};
use rekor_verifier::format::envelope::MAX_FILE;
use rekor_verifier::policy::SigstorePolicy;
use rekor_verifier::report::{CheckId, Outcome as CheckOutcome, Report};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to check, and what was chosen for it beside the options that all commands share.
#[derive(Default)]
pub struct Given<'a> {
    /// Files and folders, recognised by content.
    pub paths: &'a [PathBuf],
    pub links: &'a [PathBuf],
    pub artifacts: &'a [PathBuf],
    pub offline: bool,
    /// Ask every log of the policy in turn, where there are several, until one settles it.
    pub every_log: bool,
    pub sigstore: SigstorePolicy,
    pub parameters: Vec<(String, String)>,
}

impl<'a> Given<'a> {
    /// One link file.
    pub fn link(path: &'a PathBuf) -> Self {
        Self { links: std::slice::from_ref(path), ..Self::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.links.is_empty() && self.artifacts.is_empty()
    }
}

/// Verifies what was given, with the log, or the logs, that the options name.
pub fn look_up(options: &Options, given: Given) -> Result<Done, Failure> {
    let home = Home::find()?;
    let mut policy = options.policy(&home)?;
    let logs = match (given.offline, given.every_log) {
        (true, _) => Vec::new(),
        (false, true) => options.bases(&policy)?,
        (false, false) => vec![options.base(&policy)?],
    };
    let unnamed = !given.offline && options.names_no_log(&policy);
    let before = home.seen()?;
    (policy.sigstore, policy.parameters) = (given.sigstore, given.parameters);
    let logs: Vec<&str> = logs.iter().map(String::as_str).collect();
    let mut session = Session::new(policy, options.time(), &logs, before.clone());
    let mut artifacts = Artifacts::default();
    for path in given.links {
        session.add_link(&files::name(path), &files::read(path, MAX_FILE)?);
    }
    for path in given.artifacts {
        artifacts.add(Some(session.add_artifact(&files::name(path), files::digests(path)?)), path);
    }
    for path in given.paths {
        let walk = files::walk(path)?;
        for (name, path) in walk.files {
            let (digests, bytes) = files::digests_and_bytes(&path)?;
            artifacts.add(session.add_file(&name, digests, bytes.as_deref()), &path);
        }
        for (name, why) in walk.unread {
            session.add_unread(&name, why);
        }
    }
    let done = drive(&mut session, &options.transport(), &artifacts)?;
    match &done.report.log {
        Some(log) if unnamed && log.size.is_none() => eprintln!(
            "rekor: you named no log, so {} was asked: name one by --server, or trust one by `rekor log trust`",
            log.url
        ),
        _ => {}
    }
    if done.seen != before {
        remember(&home, &before, &done.seen);
    }
    Ok(done)
}

/// Where the artifacts are, by the numbers that the session gave them.
#[derive(Default)]
struct Artifacts(BTreeMap<usize, PathBuf>);

impl Artifacts {
    fn add(&mut self, number: Option<usize>, path: &Path) {
        self.0.extend(number.map(|number| (number, path.to_owned())));
    }
}

fn drive(session: &mut Session, transport: &Transport, artifacts: &Artifacts) -> Result<Done, Failure> {
    loop {
        match session.step() {
            Step::Done(done) => return Ok(*done),
            Step::LoadBundleVerifier => session.check_bundles_with(Box::new(rekor_sigstore::Sigstore::new())),
            Step::Read(numbers) => {
                for number in numbers {
                    let mut reader = ContentsReader::default();
                    if let Some(path) = artifacts.0.get(&number) {
                        files::pieces(path, |piece| reader.update(piece))?;
                    }
                    session.contents(number, reader.finish());
                }
            }
            Step::Ask(asks) => {
                for (id, ask) in asks {
                    match transport.send(&ask) {
                        Ok(response) => session.answer(id, response),
                        Err(reason) => session.no_answer(id, &reason),
                    }
                }
            }
        }
    }
}

/// Keeps what the visit saw. A report is not lost where that fails, but whoever reads it has to know.
pub fn remember(home: &Home, before: &Seen, after: &Seen) {
    let changed = home.change_seen(|seen| {
        seen.merge(before, after);
        Ok(())
    });
    if let Err(failure) = changed {
        let message = crate::render::printable(&failure.message);
        eprintln!(
            "rekor: what was seen of the log could not be kept, so the next visit will not compare with it: {message}"
        );
    }
}

/// Writes the receipt of the first link.
pub fn write_receipt(done: &Done, path: &Path) -> Result<(), Failure> {
    let receipt = done.receipt(0).ok_or_else(|| Failure::trouble("no receipt: the log has not proven the record"))?;
    let trouble = |error: std::io::Error| Failure::trouble(format!("{}: {error}", path.display()));
    std::fs::write(path, receipt.encode()).map_err(trouble)
}

/// Whether the log proved an entry of the first link file: nothing failed, and leaf, inclusion and checkpoint hold.
pub fn is_proven(report: &Report) -> bool {
    let holds = |id| report.checks.iter().any(|check| check.id == id && check.outcome == CheckOutcome::Passed);
    let failed = report.checks.iter().any(|check| check.outcome == CheckOutcome::Failed);
    let named = report.links.first().is_some_and(|link| link.entry.is_some());
    named && !failed && holds(CheckId::EntryLeaf) && holds(CheckId::EntryInclusion)
}
