//! Drives a session to its end over HTTP, and keeps what the user has seen.

use crate::home::Home;
use crate::options::Options;
use crate::{Failure, files};
use rekor_client::{Done, Seen, Session, Step};
use rekor_verifier::format::envelope::MAX_FILE;
use rekor_verifier::report::{CheckId, Outcome as CheckOutcome, Report};
use std::path::{Path, PathBuf};

/// What to check.
pub struct Files<'a> {
    pub links: &'a [PathBuf],
    pub artifacts: &'a [PathBuf],
}

/// Verifies the files against the log that the options name.
pub fn look_up(options: &Options, files: &Files) -> Result<Done, Failure> {
    let home = Home::find()?;
    let policy = options.policy(&home)?;
    let base = options.base(&policy)?;
    let before = home.seen()?;
    let mut session = Session::new(policy, options.time(), Some(&base), before.clone());
    for path in files.links {
        add_link(&mut session, path)?;
    }
    for path in files.artifacts {
        session.add_artifact(&files::name(path), files::digests(path)?);
    }
    let transport = options.transport();
    loop {
        match session.step() {
            Step::Done(done) => {
                if done.seen != before {
                    remember(&home, &before, &done.seen);
                }
                return Ok(*done);
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
fn remember(home: &Home, before: &Seen, after: &Seen) {
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

/// Whether the log proved an entry of the first link file: nothing failed, and leaf, inclusion and checkpoint hold.
pub fn is_proven(report: &Report) -> bool {
    let holds = |id| report.checks.iter().any(|check| check.id == id && check.outcome == CheckOutcome::Passed);
    let failed = report.checks.iter().any(|check| check.outcome == CheckOutcome::Failed);
    let named = report.links.first().is_some_and(|link| link.entry.is_some());
    named && !failed && holds(CheckId::EntryLeaf) && holds(CheckId::EntryInclusion)
}

fn add_link(session: &mut Session, path: &Path) -> Result<(), Failure> {
    session.add_link(&files::name(path), &files::read(path, MAX_FILE)?);
    Ok(())
}
