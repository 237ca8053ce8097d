//! What a log is asked about a session's files, and what is remembered of it afterwards.

use crate::gather::{Gather, Pending};
use crate::lookup::{self, Fetched, Query};
use crate::seen::Seen;
use rekor_verifier::check::tlog::{self, History, SignedCheckpoint};
use rekor_verifier::evidence::{Answer, GivenFile, LogEvidence, Lookup, Remembered};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::receipt::Receipt;
use rekor_verifier::policy::Policy;

/// Asks the log at `base`; `None` while answers are missing. Entries first, the checkpoint after them: an entry that was
/// added meanwhile is then in its tree.
pub(crate) fn ask(
    base: &str,
    queries: &[Query],
    policy: &Policy,
    seen: &Seen,
    receipts: &[GivenFile],
    gather: &mut Gather,
) -> Pending<LogEvidence> {
    // Every step is tried for all queries before it is given up, so that what is missing is named in one pass.
    // What links are to a Rekor v1 log, a look-up does not tell: they are not asked about.
    let queries: Vec<&Query> = queries.iter().filter(|query| !gather.is_v1() || !query.is_of_link()).collect();
    let fetched: Vec<_> = queries.iter().map(|query| lookup::fetch(gather, query)).collect();
    let fetched: Vec<_> = fetched.into_iter().collect::<Option<_>>()?;
    let reach = queries.iter().zip(&fetched).map(|(query, fetched)| lookup::reach(query, fetched)).max();
    let (head, state) = state(base, policy, seen, receipts, reach, gather)?;
    let prove = |(query, fetched): (&&Query, Answer<Fetched>)| {
        let found = match fetched {
            Ok(fetched) => Ok(lookup::prove(gather, query, fetched, head.as_ref())?),
            Err(reason) => Err(reason),
        };
        Some(Lookup { subject: query.subject, found })
    };
    let lookups: Vec<Pending<Lookup>> = queries.iter().zip(fetched).map(prove).collect();
    Some(LogEvidence { lookups: lookups.into_iter().collect::<Option<_>>()?, ..state? })
}

/// The log's tree head as stated, and its state without any look-up. The state may still be missing where the head is
/// there, so that what else needs the head is asked for in the same pass. `reach` is what the head has to cover where an
/// older one with the quorum would do; without it, the newest is taken.
pub(crate) fn state(
    base: &str,
    policy: &Policy,
    seen: &Seen,
    receipts: &[GivenFile],
    reach: Option<u64>,
    gather: &mut Gather,
) -> Pending<(Option<Checkpoint>, Pending<LogEvidence>)> {
    let checkpoint = checkpoint(base, policy, reach, gather)?;
    let signed = open(base, &checkpoint, policy);
    let head = checkpoint.as_ref().ok().and_then(|note| Checkpoint::stated_in(note));
    let remembered = signed.as_ref().map_or(Some(Vec::new()), |signed| {
        let mut heads = seen.log(signed.vkey()).map(|log| log.heads(signed.vkey())).unwrap_or_default();
        heads.extend(receipts.iter().filter_map(|file| head_in(file, signed, policy)).map(|head| (head, false)));
        remembered(signed, heads, gather)
    });
    let state = remembered.map(|remembered| LogEvidence {
        url: base.to_owned(),
        checkpoint,
        remembered,
        standing_alarm: signed.and_then(|signed| seen.alarm(signed.vkey()).map(str::to_owned)),
        lookups: Vec::new(),
    });
    Some((head, state))
}

/// The newest checkpoint; in place of one that lacks the quorum, the newest that carries it, if that reaches far enough:
/// while a log grows fast, its newest trees are ahead of its witnesses.
fn checkpoint(base: &str, policy: &Policy, reach: Option<u64>, gather: &mut Gather) -> Pending<Answer<Vec<u8>>> {
    let newest = gather.checkpoint()?;
    let reach = reach.filter(|_| !gather.is_v1());
    let (Some(reach), Some(signed)) = (reach, open(base, &newest, policy)) else { return Some(newest) };
    if policy.witnesses.satisfied_by(signed.witnesses()) {
        return Some(newest);
    }
    let cosigned = gather.cosigned_checkpoint()?;
    let serves = |other: SignedCheckpoint| {
        let enough = policy.witnesses.satisfied_by(other.witnesses()) && other.checkpoint().size >= reach;
        enough && other.vkey() == signed.vkey()
    };
    Some(if open(base, &cosigned, policy).is_some_and(serves) { cosigned } else { newest })
}

fn open(base: &str, checkpoint: &Answer<Vec<u8>>, policy: &Policy) -> Option<SignedCheckpoint> {
    tlog::open(checkpoint.as_ref().ok()?, policy, policy.log_at(base)).ok()
}

/// The tree head in a receipt that the same log signed: it has to be a part of the log's tree as much as what this reader
/// saw before.
fn head_in(file: &GivenFile, signed: &SignedCheckpoint, policy: &Policy) -> Option<Checkpoint> {
    let receipt = Receipt::parse(&file.bytes).ok()?;
    let opened = tlog::open(receipt.checkpoint.as_bytes(), policy, None).ok()?;
    (opened.vkey() == signed.vkey()).then(|| opened.checkpoint().clone())
}

/// Each of the heads with the proof that ties it to the present one.
fn remembered(
    signed: &SignedCheckpoint,
    heads: Vec<(Checkpoint, bool)>,
    gather: &mut Gather,
) -> Pending<Vec<Remembered>> {
    let proven = heads.into_iter().map(|(checkpoint, cosigned)| {
        let proof = gather.history_between(&checkpoint, signed.checkpoint());
        proof.map(|proof| Remembered { checkpoint, cosigned, proof })
    });
    // All are asked for before any is given up.
    proven.collect::<Vec<_>>().into_iter().collect()
}

/// The memory after this visit. A head is only replaced by one that is proven to extend it; proof of a rewritten
/// history becomes an alarm, and the memory stays as it was.
pub(crate) fn remember(before: &Seen, log: &LogEvidence, policy: &Policy) -> Seen {
    let mut seen = before.clone();
    let Some(signed) = open(&log.url, &log.checkpoint, policy) else { return seen };
    let Ok(note) = log.checkpoint.as_ref().map(|note| String::from_utf8_lossy(note).into_owned()) else {
        return seen;
    };
    let (now, memory) = (signed.checkpoint(), seen.log_mut(signed.vkey()));
    let compare = |one: &Remembered| match &one.proof {
        // Another tree of a Rekor v1 log, which goes on from there.
        _ if one.checkpoint.origin != now.origin => History::Kept,
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
