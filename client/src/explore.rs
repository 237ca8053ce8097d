//! Looking around in a log: entries by what they name, the log's state with its newest entries, and the steps that lead
//! to a file or on from it. Like a [`crate::Session`], an [`Explorer`] says which requests to make, and takes answers.
//!
//! A page of an answer has [`PAGE`] entries. All pages speak of one checkpoint, which is asked for once.

mod chain;
mod list;
mod question;

pub use chain::{Graph, GraphArtifact, GraphEdge, GraphStep};
pub use question::{Question, QuestionError};

use crate::ask::{Answers, Ask, Response};
use crate::gather::{Gather, Pending};
use crate::log;
use crate::lookup;
use crate::seen::Seen;
use list::{Fetched, Listed};
use rekor_verifier::evidence::{Answer, Asked, Item, LogEvidence, NoAnswer};
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::LookUpReport;
use rekor_verifier::{Detail, look_up};
use serde::Serialize;

/// Entries of one page.
pub const PAGE: usize = 20;

/// The most hops of a chain in each direction.
pub const MAX_HOPS: usize = 6;

/// A question to one log, on the way to its answer.
pub struct Explorer {
    question: Question,
    base: String,
    policy: Policy,
    seen: Seen,
    answers: Answers,
    from: usize,
}

/// What to do next.
#[derive(Debug)]
pub enum Look {
    /// Make these requests, in any order, and hand over each answer under its number.
    Ask(Vec<(usize, Ask)>),
    /// A page of the answer.
    Done(Box<Explored>),
}

/// A page of the answer.
#[derive(Clone, Debug, Serialize)]
pub struct Explored {
    /// The log, and the entries of this page, checked.
    pub report: LookUpReport,
    /// How many entries the log names in all; its word.
    pub total: u64,
    /// Whether the log said that it named not all of them.
    pub truncated: bool,
    /// Whether there are more pages.
    pub more: bool,
    /// Why the log gave no answer to the question.
    pub problem: Option<String>,
    /// The graph, where a chain was asked for.
    pub graph: Option<Graph>,
    /// The memory to keep for the next visit, as JSON text.
    pub seen: String,
}

/// What one pass over the answers came to.
struct Found {
    asked: Asked,
    log: LogEvidence,
    items: Vec<Item>,
    total: u64,
    truncated: bool,
    problem: Option<String>,
}

impl Explorer {
    /// Asks the log at the base address `log` under `policy`.
    pub fn new(question: Question, policy: Policy, log: &str, seen: Seen) -> Self {
        let base = log.trim_end_matches('/').to_owned();
        Self { question, base, policy, seen, answers: Answers::default(), from: 0 }
    }

    /// Goes on to the next page; what the present one holds is forgotten.
    pub fn next_page(&mut self) {
        self.from += PAGE;
        self.answers.forget_entries();
    }

    /// Says what to do next, or ends with a page of the answer. Calling it again without news changes nothing.
    pub fn step(&mut self) -> Look {
        let mut gather = Gather::new(&self.base, &self.policy, &mut self.answers);
        let done = pass(&self.question, self.from, &self.base, &self.policy, &self.seen, &mut gather);
        let wanted = gather.wanted();
        match done {
            Some(done) if wanted.is_empty() => Look::Done(Box::new(done)),
            _ => Look::Ask(wanted.into_iter().map(|id| (id, self.answers.ask(id).clone())).collect()),
        }
    }

    /// Hands over what came back for request `id`.
    pub fn answer(&mut self, id: usize, response: Response) {
        self.answers.store(id, Ok(response));
    }

    /// Says that nothing came back for request `id`, and why.
    pub fn no_answer(&mut self, id: usize, reason: &str) {
        self.answers.store(id, Err(reason.to_owned()));
    }
}

/// One pass over the answers; `None` while some are missing.
fn pass(
    question: &Question,
    from: usize,
    base: &str,
    policy: &Policy,
    seen: &Seen,
    gather: &mut Gather,
) -> Pending<Explored> {
    let place = Place { base, policy, seen };
    match question {
        Question::Chain { sha256, hops } => {
            let (found, graph) = chain::walk(&place, sha256, (*hops).clamp(1, MAX_HOPS), gather)?;
            let mut explored = place.checked(found, from, Detail::Short);
            explored.graph = Some(graph.of(&explored.report));
            Some(explored)
        }
        Question::Newest { known } => Some(place.checked(place.newest(*known, from, gather)?, from, Detail::Short)),
        Question::Entries(Asked::Index(index)) => {
            Some(place.checked(place.at_index(*index, gather)?, from, Detail::Full))
        }
        Question::Entries(asked) => {
            let found = place.named(asked, from, gather)?;
            let one = matches!(found.asked, Asked::Entry(_));
            Some(place.checked(found, from, if one { Detail::Full } else { Detail::Short }))
        }
    }
}

/// Whom is asked, by whom.
struct Place<'a> {
    base: &'a str,
    policy: &'a Policy,
    seen: &'a Seen,
}

impl Place<'_> {
    fn state(&self, gather: &mut Gather) -> Pending<(Option<Checkpoint>, Pending<LogEvidence>)> {
        log::state(self.base, self.policy, self.seen, &[], None, gather)
    }

    /// Entries that the log finds; the checkpoint after them, so that one that was added meanwhile is in its tree.
    fn named(&self, asked: &Asked, from: usize, gather: &mut Gather) -> Pending<Found> {
        let listed = list::page(gather, asked, from)?;
        let (head, log) = self.state(gather)?;
        let (listed, problem) = match listed {
            Ok(listed) => (listed, None),
            Err(reason) => (Listed::none(asked), Some(why(&reason))),
        };
        let items = prove(gather, listed.entries, head.as_ref());
        let Listed { asked, total, truncated, .. } = listed;
        Some(Found { asked, log: log?, items: items?, total, truncated, problem })
    }

    fn at_index(&self, index: u64, gather: &mut Gather) -> Pending<Found> {
        let (head, log) = self.state(gather)?;
        let asked = Asked::Index(index);
        let Some(head) = head else { return Some(Found::no_tree(asked, log?)) };
        let size = head.size.saturating_add(gather.first_index()?);
        // A checkpoint may be some seconds old, so that the log is asked for what is beyond it as well.
        let fetched = list::by_indexes(gather, &[index], size.max(index.saturating_add(1)))?;
        let there = index < size || fetched.iter().any(|(_, entry)| entry.is_ok());
        let fetched = if there { fetched } else { Vec::new() };
        let items = prove(gather, fetched, Some(&head));
        Some(Found { asked, log: log?, total: u64::from(there), items: items?, truncated: false, problem: None })
    }

    /// The newest entries, newest first; of those after the first `known`.
    fn newest(&self, known: u64, from: usize, gather: &mut Gather) -> Pending<Found> {
        let (head, log) = self.state(gather)?;
        let Some(head) = head else { return Some(Found::no_tree(Asked::Any, log?)) };
        let first = gather.first_index()?;
        let indexes = (known.min(head.size)..head.size).rev().skip(from).take(PAGE);
        let indexes: Vec<u64> = indexes.map(|index| index.saturating_add(first)).collect();
        let fetched = list::by_indexes(gather, &indexes, head.size)?;
        let items = prove(gather, fetched, Some(&head));
        let total = head.size.saturating_sub(known);
        Some(Found { asked: Asked::Any, log: log?, items: items?, total, truncated: false, problem: None })
    }

    fn checked(&self, found: Found, from: usize, detail: Detail) -> Explored {
        let report = look_up(&found.log, &found.asked, &found.items, detail, self.policy);
        let shown = (from + PAGE) as u64;
        Explored {
            more: !found.items.is_empty() && shown < found.total,
            total: found.total,
            truncated: found.truncated,
            problem: found.problem,
            graph: None,
            seen: log::remember(self.seen, &found.log, self.policy).to_json(),
            report,
        }
    }
}

impl Found {
    /// Without a checkpoint there is no tree to look into.
    fn no_tree(asked: Asked, log: LogEvidence) -> Self {
        let reason = match &log.checkpoint {
            Err(reason) => why(reason),
            Ok(_) => "its checkpoint cannot be read".into(),
        };
        Self { asked, log, items: Vec::new(), total: 0, truncated: false, problem: Some(reason) }
    }
}

impl Listed {
    fn none(asked: &Asked) -> Self {
        Self { asked: asked.clone(), total: 0, truncated: false, entries: Vec::new() }
    }
}

fn why(reason: &NoAnswer) -> String {
    match reason {
        NoAnswer::Refused(reason) => format!("it cannot be asked that: {reason}"),
        NoAnswer::Unreadable(reason) => reason.clone(),
    }
}

/// Ties the entries to the tree; `None` while answers are missing.
fn prove(gather: &mut Gather, fetched: Vec<Fetched>, head: Option<&Checkpoint>) -> Pending<Vec<Item>> {
    let prove = |(name, mut entry): Fetched| {
        let rekor = entry.as_mut().ok().filter(|_| gather.is_v1()).and_then(|entry| entry.answered.take());
        let record: Answer<_> = match entry {
            Ok(entry) => Ok(lookup::record(gather, None, entry, head)?),
            Err(reason) => Err(reason),
        };
        Some(Item { name, record, rekor })
    };
    // All are asked for before any is given up.
    fetched.into_iter().map(prove).collect::<Vec<_>>().into_iter().collect()
}
