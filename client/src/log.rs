//! What a log is asked about a session's files, and what is remembered of it afterwards.

use crate::gather::{Gather, Pending};
use crate::lookup::{self, Fetched, Query};
use crate::seen::Seen;
use rekor_verifier::check::tlog::{self, History, SignedCheckpoint};
use rekor_verifier::evidence::{Answer, Evidence, LogEvidence, Lookup, Remembered};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::policy::Policy;

/// Asks the log at `base`; `None` while answers are missing. Entries first, the checkpoint after them: an entry that was
/// added meanwhile is then in its tree.
pub(crate) fn ask(
    base: &str,
    queries: &[Query],
    policy: &Policy,
    seen: &Seen,
    gather: &mut Gather,
) -> Pending<LogEvidence> {
    // Every step is tried for all queries before it is given up, so that what is missing is named in one pass.
    let fetched: Vec<_> = queries.iter().map(|query| lookup::fetch(gather, query)).collect();
    let fetched: Vec<_> = fetched.into_iter().collect::<Option<_>>()?;
    let checkpoint = gather.checkpoint()?;
    let signed = open(base, &checkpoint, policy);
    let head = checkpoint.as_ref().ok().and_then(|note| Checkpoint::stated_in(note));
    let remembered = remembered(signed.as_ref(), seen, gather);
    let prove = |(query, fetched): (&Query, Answer<Fetched>)| {
        let found = match fetched {
            Ok(fetched) => Ok(lookup::prove(gather, query, fetched, head.as_ref())?),
            Err(reason) => Err(reason),
        };
        Some(Lookup { subject: query.subject, found })
    };
    let lookups: Vec<Pending<Lookup>> = queries.iter().zip(fetched).map(prove).collect();
    Some(LogEvidence {
        url: base.to_owned(),
        checkpoint,
        remembered: remembered?,
        standing_alarm: signed.and_then(|signed| seen.alarm(signed.vkey()).map(str::to_owned)),
        lookups: lookups.into_iter().collect::<Option<_>>()?,
    })
}

fn open(base: &str, checkpoint: &Answer<Vec<u8>>, policy: &Policy) -> Option<SignedCheckpoint> {
    tlog::open(checkpoint.as_ref().ok()?, policy, policy.log_at(base)).ok()
}

fn remembered(signed: Option<&SignedCheckpoint>, seen: &Seen, gather: &mut Gather) -> Pending<Vec<Remembered>> {
    let Some(signed) = signed else { return Some(Vec::new()) };
    let Some(log) = seen.log(signed.vkey()) else { return Some(Vec::new()) };
    let now = signed.checkpoint().size;
    let mut remembered = Vec::new();
    for (checkpoint, cosigned) in log.heads(signed.vkey()) {
        let proof = gather.history_proof(checkpoint.size, now);
        remembered.push(proof.map(|proof| Remembered { checkpoint, cosigned, proof }));
    }
    remembered.into_iter().collect()
}

/// The memory after this visit. A head is only replaced by one that is proven to extend it; proof of a rewritten
/// history becomes an alarm, and the memory stays as it was.
pub(crate) fn remember(before: &Seen, evidence: &Evidence, policy: &Policy) -> Seen {
    let mut seen = before.clone();
    let Some(log) = &evidence.log else { return seen };
    let Some(signed) = open(&log.url, &log.checkpoint, policy) else { return seen };
    let Ok(note) = log.checkpoint.as_ref().map(|note| String::from_utf8_lossy(note).into_owned()) else {
        return seen;
    };
    let (now, memory) = (signed.checkpoint(), seen.log_mut(signed.vkey()));
    let compare = |one: &Remembered| match &one.proof {
        Ok(proof) => tlog::compare(&one.checkpoint, now, proof),
        Err(_) => History::Older,
    };
    let histories: Vec<History> = log.remembered.iter().map(compare).collect();
    if histories.iter().any(|history| matches!(history, History::Forked | History::Emptied)) {
        let text = format!("{} showed a tree of {} that does not continue the one seen before.", now.origin, now.size);
        memory.alarm.get_or_insert(text);
    } else if memory.alarm.is_none() && histories.iter().all(|history| *history == History::Kept) {
        let quorum = &policy.witnesses;
        if !quorum.is_none() && quorum.satisfied_by(signed.witnesses()) {
            memory.cosigned = Some(note.clone());
        }
        memory.signed = Some(note);
    }
    seen
}
