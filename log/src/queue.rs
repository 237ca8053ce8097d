//! Additions that wait for the sequencer: bounded in number and in bytes, and each answered exactly once.

use crate::admit::{Candidate, Refusal};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// The most additions that wait.
const MAX_WAITING: usize = 4096;

/// The most bytes that wait, over all additions.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// The most additions in one batch.
const MAX_BATCH: usize = 1024;

/// A batch is closed once it holds so many bytes.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// What became of an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// Index of the entry.
    pub index: u64,
    /// Whether the entry was there before.
    pub duplicate: bool,
}

/// Why an addition was not recorded.
#[derive(Clone, Debug)]
pub enum AddError {
    /// It may not enter the log.
    Refused(Refusal),
    /// Too many additions are waiting: try again.
    Busy,
    /// Only the disk's reserve is left; the text says how much that is, and where.
    Full(String),
    /// The log is finished: it is read as before, and nothing is added any more.
    Frozen,
    /// The log accepts nothing any more; the text says why.
    Stopped(String),
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Busy => f.write_str("too many additions are waiting: try again in a moment"),
            Self::Full(space) => {
                write!(f, "the log's disk is full, and additions are refused until there is room: {space}")
            }
            Self::Frozen => f.write_str("the log is frozen: it is read as before, and accepts no additions any more"),
            Self::Stopped(why) => write!(f, "the log has stopped and accepts no additions: {why}"),
        }
    }
}

impl std::error::Error for AddError {}

/// Who is told what became of an addition.
pub(crate) type Done = Box<dyn FnOnce(Result<Added, AddError>) + Send>;

/// How much waits, the batch that is being made durable included.
#[derive(Debug, Default)]
struct Waiting {
    additions: AtomicUsize,
    bytes: AtomicUsize,
}

/// An addition that waits.
pub(crate) struct Job {
    pub candidate: Candidate,
    done: Option<Done>,
    waiting: Arc<Waiting>,
}

impl Job {
    /// Tells the caller, who hears of nothing after this.
    pub(crate) fn finish(mut self, outcome: Result<Added, AddError>) {
        if let Some(done) = self.done.take() {
            done(outcome);
        }
    }
}

impl Drop for Job {
    /// An addition that nobody finished was lost with the sequencer: its caller must not wait for ever.
    fn drop(&mut self) {
        self.waiting.additions.fetch_sub(1, Ordering::Relaxed);
        self.waiting.bytes.fetch_sub(self.candidate.weight(), Ordering::Relaxed);
        if let Some(done) = self.done.take() {
            done(Err(ended()));
        }
    }
}

/// What there is to say once the sequencer is gone.
pub(crate) fn ended() -> AddError {
    AddError::Stopped("its sequencer has ended".to_owned())
}

/// What the sequencer is asked.
pub(crate) enum Message {
    /// To add an entry.
    Add(Job),
    /// To accept nothing after what waits already; answered once that is durable.
    Freeze(SyncSender<Result<(), AddError>>),
}

/// The end of the queue that takes additions.
pub(crate) struct Queue {
    messages: SyncSender<Message>,
    waiting: Arc<Waiting>,
}

/// A queue, and its other end.
pub(crate) fn queue() -> (Queue, Receiver<Message>) {
    let (messages, receiver) = sync_channel(MAX_WAITING);
    (Queue { messages, waiting: Arc::default() }, receiver)
}

impl Queue {
    /// Puts an addition at the end, or tells its caller at once that there is no room.
    pub(crate) fn submit(&self, candidate: Candidate, done: Done) {
        let weight = candidate.weight();
        self.waiting.additions.fetch_add(1, Ordering::Relaxed);
        let waiting = self.waiting.bytes.fetch_add(weight, Ordering::Relaxed);
        let job = Job { candidate, done: Some(done), waiting: Arc::clone(&self.waiting) };
        if waiting + weight > MAX_WAITING_BYTES {
            return job.finish(Err(AddError::Busy));
        }
        // Where the sequencer is gone, the message is dropped with what it holds, which tells the caller.
        if let Err(TrySendError::Full(Message::Add(job))) = self.messages.try_send(Message::Add(job)) {
            job.finish(Err(AddError::Busy));
        }
    }

    /// Additions that wait, and their bytes.
    pub(crate) fn waiting(&self) -> (u64, u64) {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed) as u64;
        (read(&self.waiting.additions), read(&self.waiting.bytes))
    }

    /// Has the log frozen behind what waits already, and waits for it.
    pub(crate) fn freeze(&self) -> Result<(), AddError> {
        let (reply, outcome) = sync_channel(1);
        self.messages.send(Message::Freeze(reply)).map_err(|_| ended())?;
        outcome.recv().map_err(|_| ended())?
    }
}

/// What the sequencer does next.
#[derive(Default)]
pub(crate) struct Batch {
    /// Additions that are made durable together.
    pub jobs: Vec<Job>,
    /// Whether to freeze after them, and who wants to know.
    pub freeze: Option<SyncSender<Result<(), AddError>>>,
}

/// Waits for a message and takes with it what has arrived; `None` once every sender is gone.
pub(crate) fn next_batch(messages: &Receiver<Message>) -> Option<Batch> {
    let mut batch = Batch::default();
    let mut next = Some(messages.recv().ok()?);
    let mut bytes = 0;
    while let Some(message) = next {
        match message {
            Message::Add(job) => {
                bytes += job.candidate.weight();
                batch.jobs.push(job);
            }
            Message::Freeze(reply) => {
                batch.freeze = Some(reply);
                break;
            }
        }
        let room = batch.jobs.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES;
        next = if room { messages.try_recv().ok() } else { None };
    }
    Some(batch)
}
