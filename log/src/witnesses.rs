//! Asks witnesses to cosign the newest tree (C2SP tlog-witness, the log's side). Additions never wait for them.
//!
//! A thread a witness. What a witness answers counts once its cosignature verifies. What a witness shows can also prove
//! that this log is an old copy of itself: then it stops before it signs a second history.

use crate::cosigned::{Round, Target};
use crate::flat::{FileError, trouble};
use crate::sequencer::Shared;
use rekor_verifier::Hash;
use rekor_verifier::bytes::decimal;
use rekor_verifier::check::digest::sha256;
use rekor_verifier::check::tlog;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::note::{Note, NoteSignature, Vkey};
use rekor_verifier::policy::{Policy, PolicyError, Quorum, TrustedLog};
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The file in a log's folder that names its witnesses: a C2SP tlog-policy with their addresses.
const FILE: &str = "witnesses";

/// The most witnesses that a log asks.
const MAX_WITNESSES: usize = 64;

/// The largest answer of a witness that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// How often a witness that names another size is asked again at once.
const MAX_RETRIES: usize = 3;

/// From one tree to the next at least: witnesses serve many logs.
const PACE: Duration = Duration::from_millis(200);

/// After a failure; doubled up to [`LONGEST_PAUSE`] with each that follows.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How a log reaches its witnesses, and whom it tells how that goes.
pub trait Messenger: Send + Sync {
    /// `POST`s `body` to `url`, or `GET`s it where there is none: the status and at most `limit` bytes of the answer, or
    /// why there is none. It must end within a time of its own.
    fn exchange(&self, url: &str, body: Option<&str>, limit: usize) -> Result<(u16, Vec<u8>), String>;

    /// Says that something changed between the log and the witness of this name, to the better where `good`.
    fn news(&self, witness: &str, what: &str, good: bool);
}

/// Why a log does not ask its witnesses.
#[derive(Debug)]
pub enum WitnessesError {
    /// The file cannot be read.
    File(FileError),
    /// The policy in it cannot be read.
    Policy(PolicyError),
    /// The policy names no address for a witness.
    NoAddress(String),
    /// The policy names more witnesses than a log asks; how many.
    TooMany(usize),
    /// A witness holds a checkpoint that this log's key signed, and that is not one of this log's trees.
    OtherHistory(String),
}

impl fmt::Display for WitnessesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::Policy(error) => write!(f, "{FILE}: {error}"),
            Self::NoAddress(name) => {
                write!(f, "witness {name} has no address: expected `witness <name> <vkey> <url>`")
            }
            Self::TooMany(count) => write!(f, "{count} witnesses, at most {MAX_WITNESSES} are asked"),
            Self::OtherHistory(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for WitnessesError {}

/// What a log and the threads that ask its witnesses share.
pub(crate) struct Cosigning {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Nothing is asked, and nothing written, once the log is closed.
    closed: bool,
    /// None where the log has no witnesses.
    round: Option<Round>,
    /// When the round's target was chosen.
    since: Instant,
}

impl Cosigning {
    pub(crate) fn new() -> Self {
        let state = State { closed: false, round: None, since: Instant::now() };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that there is a newer tree, or a newer answer.
    pub(crate) fn ring(&self) {
        drop(self.state());
        self.changed.notify_all();
    }

    /// Ends the asking.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }

    /// The verified cosignature lines under the tree of `size` entries.
    pub(crate) fn lines_of(&self, size: u64) -> Vec<String> {
        self.state().round.as_ref().map(|round| round.lines_of(size)).unwrap_or_default()
    }

    /// The newest checkpoint that carries the quorum.
    pub(crate) fn cosigned(&self) -> Option<String> {
        self.state().round.as_ref()?.cosigned().map(str::to_owned)
    }
}

/// One witness, as one thread asks it.
struct Asker {
    shared: Arc<Shared>,
    messenger: Arc<dyn Messenger>,
    /// Position in the policy.
    position: usize,
    name: String,
    url: String,
    /// The log's key, and this witness as the quorum.
    policy: Policy,
    /// The size of the tree that the witness cosigned last, as far as is known.
    cosigned: u64,
}

/// Compares the log with what its witnesses saw, and starts to ask them for more; `false` where it has none.
pub(crate) fn start(
    shared: &Arc<Shared>,
    folder: &Path,
    messenger: &Arc<dyn Messenger>,
) -> Result<bool, WitnessesError> {
    let Some(policy) = read_policy(folder).map_err(WitnessesError::File)? else { return Ok(false) };
    let witnesses = Policy::parse(&policy).map_err(WitnessesError::Policy)?.witnesses;
    if witnesses.members.len() > MAX_WITNESSES {
        return Err(WitnessesError::TooMany(witnesses.members.len()));
    }
    let log = TrustedLog { vkey: shared.keys.public().vkey().clone(), url: None };
    let mut askers = Vec::new();
    for (position, url) in addresses(&policy, &witnesses)?.into_iter().enumerate() {
        let (name, vkey) = witnesses.members[position].clone();
        let quorum = Quorum::all(vec![(name.clone(), vkey)]);
        let policy = Policy { logs: vec![log.clone()], witnesses: quorum, ..Policy::default() };
        let (shared, messenger) = (Arc::clone(shared), Arc::clone(messenger));
        askers.push(Asker { shared, messenger, position, name, url, policy, cosigned: 0 });
    }
    compare_all(&askers)?;
    let all = Policy { logs: vec![log], witnesses: witnesses.clone(), ..Policy::default() };
    let round = Round::open(folder, witnesses, |note| own_target(shared, &all, note));
    shared.cosigning.state().round = Some(round);
    for mut asker in askers {
        let thread = std::thread::Builder::new().name(format!("witness {}", asker.name));
        // Without its thread this one is down; the others go on.
        let (messenger, name) = (Arc::clone(messenger), asker.name.clone());
        if let Err(error) = thread.spawn(move || asker.run()) {
            messenger.news(&name, &format!("is not asked: {error}"), false);
        }
    }
    Ok(true)
}

/// The text that names a log's witnesses; `None` where it has none.
pub(crate) fn read_policy(folder: &Path) -> Result<Option<String>, FileError> {
    let file = folder.join(FILE);
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(trouble("read", &file)(error)),
    }
}

/// The address of each witness, in the policy's order.
fn addresses(policy: &str, witnesses: &Quorum<Vkey>) -> Result<Vec<String>, WitnessesError> {
    let mut urls: HashMap<&str, &str> = HashMap::new();
    for line in policy.lines() {
        if let ["witness", name, _, url] = line.split_ascii_whitespace().collect::<Vec<_>>()[..] {
            urls.insert(name, url.trim_end_matches('/'));
        }
    }
    let url_of = |(name, _): &(String, Vkey)| {
        let url = urls.get(name.as_str()).filter(|url| url.starts_with("http://") || url.starts_with("https://"));
        url.map(|url| (*url).to_owned()).ok_or_else(|| WitnessesError::NoAddress(name.clone()))
    };
    witnesses.members.iter().map(url_of).collect()
}

/// Asks all witnesses at once what they saw of this log. One that does not answer says nothing.
fn compare_all(askers: &[Asker]) -> Result<(), WitnessesError> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = askers.iter().map(|asker| scope.spawn(|| asker.compare())).collect();
        for one in asked {
            if let Ok(Err(why)) = one.join() {
                return Err(WitnessesError::OtherHistory(why));
            }
        }
        Ok(())
    })
}

/// The tree of a cosigned checkpoint that is one of this log's, and verifies.
fn own_target(shared: &Shared, policy: &Policy, note: &str) -> Option<Target> {
    let opened = tlog::open(note.as_bytes(), policy, None).ok()?;
    let head = opened.checkpoint();
    if head.size > shared.view().head.extent.size || crate::prove::root(&shared.store, head.size).ok()? != head.root {
        return None;
    }
    let log = &policy.logs.first()?.vkey;
    let mut parsed = Note::parse(note.as_bytes()).ok()?;
    parsed.signatures.retain(|line| line.name == log.name && line.key_id == log.key_id());
    Some(Target { size: head.size, checkpoint: parsed.encode() })
}

/// Why a witness did not cosign.
enum Missed {
    /// It does not answer, or not in the way that it should.
    Trouble(String),
    /// What it holds proves another history of this log.
    OtherHistory(String),
}

impl Asker {
    fn run(&mut self) {
        let mut pause = FIRST_PAUSE;
        let mut known: Option<String> = None;
        while let Some(target) = self.next() {
            let trouble = match self.ask(&target) {
                Ok(line) => self.take(&target, line),
                Err(Missed::Trouble(why)) => Some(why),
                Err(Missed::OtherHistory(why)) => {
                    self.messenger.news(&self.name, &why, false);
                    self.shared.stop(why.clone());
                    Some(why)
                }
            };
            match &trouble {
                None if known.is_some() => self.messenger.news(&self.name, "cosigns again", true),
                Some(why) if known.as_ref() != Some(why) => self.messenger.news(&self.name, why, false),
                _ => {}
            }
            if trouble.is_none() {
                pause = FIRST_PAUSE;
            } else if self.rest(pause) {
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            known = trouble;
        }
    }

    /// Waits until there is a tree that this witness has not cosigned; `None` once the log is closed.
    fn next(&self) -> Option<Target> {
        let cosigning = &self.shared.cosigning;
        let mut state = cosigning.state();
        loop {
            let State { closed: false, round: Some(round), since } = &mut *state else { return None };
            let head = newest(&self.shared);
            let mut wait = LONGEST_PAUSE;
            if round.is_done() && round.target().is_none_or(|target| target.size < head.size) {
                wait = PACE.saturating_sub(since.elapsed());
                if wait.is_zero() || round.target().is_none() {
                    round.start(head);
                    *since = Instant::now();
                    cosigning.changed.notify_all();
                }
            }
            if round.lacks(self.position) {
                return round.target().cloned();
            }
            let waited = cosigning.changed.wait_timeout(state, wait.max(Duration::from_millis(1)));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The witness's verified cosignature of the target.
    fn ask(&mut self, target: &Target) -> Result<NoteSignature, Missed> {
        for _ in 0..MAX_RETRIES {
            let (status, body) = self.send(target)?;
            match status {
                200 => return self.verified(target, &body),
                // It has another tree than was thought, and says which.
                409 => match self.size_in(&body, target)? {
                    // It was asked with this size: it has another tree of it, or cannot make up its mind.
                    same if same == self.cosigned => return Err(self.refused()),
                    size => self.cosigned = size,
                },
                422 => return Err(self.refused()),
                status => return Err(Missed::Trouble(format!("answered {status}"))),
            }
        }
        Err(Missed::Trouble("names another size each time it is asked".to_owned()))
    }

    /// It does not accept the proof. What it shows may say why.
    fn refused(&self) -> Missed {
        match self.compare() {
            Err(why) => Missed::OtherHistory(why),
            Ok(()) => Missed::Trouble("refuses the proof that nothing was rewritten".to_owned()),
        }
    }

    fn send(&self, target: &Target) -> Result<(u16, Vec<u8>), Missed> {
        let trouble = |error: &dyn fmt::Display| Missed::Trouble(error.to_string());
        let proof = crate::prove::consistency(&self.shared.store, self.cosigned, target.size);
        let mut request = format!("old {}\n", self.cosigned);
        for hash in proof.map_err(|error| trouble(&error))? {
            request.push_str(&format!("{}\n", hash.to_base64()));
        }
        request.push_str(&format!("\n{}", target.checkpoint));
        let url = format!("{}/add-checkpoint", self.url);
        self.messenger.exchange(&url, Some(&request), MAX_ANSWER).map_err(|why| trouble(&format!("{url}: {why}")))
    }

    /// The size that the witness names. A larger tree than this log has is a reason to look closer.
    fn size_in(&self, body: &[u8], target: &Target) -> Result<u64, Missed> {
        let text = std::str::from_utf8(body).ok().and_then(|text| text.strip_suffix('\n'));
        let size = text.and_then(decimal);
        match size.ok_or_else(|| Missed::Trouble("answered 409 without a size".to_owned()))? {
            size if size <= target.size => Ok(size),
            size => {
                self.compare().map_err(Missed::OtherHistory)?;
                Err(Missed::Trouble(format!("says that it cosigned a tree of {size} entries, and shows none")))
            }
        }
    }

    /// Of what the witness answered, its own line, once that verifies under the log's checkpoint.
    fn verified(&mut self, target: &Target, body: &[u8]) -> Result<NoteSignature, Missed> {
        let bad = || Missed::Trouble("answered with a cosignature that does not verify".to_owned());
        let note = [target.checkpoint.as_bytes(), body].concat();
        let opened = tlog::open(&note, &self.policy, None).map_err(|_| bad())?;
        if !self.policy.witnesses.satisfied_by(opened.witnesses()) {
            return Err(bad());
        }
        let (_, vkey) = self.policy.witnesses.members.first().ok_or_else(bad)?;
        let lines = Note::parse(&note).map_err(|_| bad())?.signatures;
        let own = lines.into_iter().find(|line| line.name == vkey.name && line.key_id == vkey.key_id());
        self.cosigned = target.size;
        own.ok_or_else(bad)
    }

    /// Keeps the line; the text is why it could not be kept.
    fn take(&self, target: &Target, line: NoteSignature) -> Option<String> {
        let mut state = self.shared.cosigning.state();
        let State { closed: false, round: Some(round), .. } = &mut *state else { return None };
        let kept = round.take(self.position, target.size, line);
        drop(state);
        self.shared.cosigning.ring();
        kept.err().map(|error| format!("cosigned, and the cosignature could not be kept: {error}"))
    }

    /// Waits before the next attempt; `false` once the log is closed.
    fn rest(&self, pause: Duration) -> bool {
        let cosigning = &self.shared.cosigning;
        let mut state = cosigning.state();
        if let Some(round) = &mut state.round {
            round.missed(self.position);
        }
        cosigning.changed.notify_all();
        let until = Instant::now() + pause;
        while !state.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = cosigning.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.closed
    }

    /// Looks at the checkpoint that the witness shows of this log. An error is proof: this log's key signed a tree that
    /// is not one of this log's.
    fn compare(&self) -> Result<(), String> {
        let log = &self.shared.keys.public().vkey().name;
        let url = format!("{}/{}/checkpoint", self.url, sha256(log.as_bytes()));
        let Ok((200, note)) = self.messenger.exchange(&url, None, MAX_ANSWER) else { return Ok(()) };
        let Ok(opened) = tlog::open(&note, &self.policy, None) else { return Ok(()) };
        let seen = opened.checkpoint();
        // After the answer came: the log may have grown meanwhile, and never shrinks.
        let size = self.shared.view().head.extent.size;
        let own = (seen.size <= size).then(|| crate::prove::root(&self.shared.store, seen.size));
        match own {
            Some(Err(_)) => Ok(()),
            Some(Ok(root)) if root == seen.root => Ok(()),
            Some(Ok(root)) => Err(other_history(&self.name, seen, &format!("its root is {root} here"))),
            None => Err(other_history(&self.name, seen, &format!("there are {size} entries here"))),
        }
    }
}

fn newest(shared: &Shared) -> Target {
    let head = &shared.view().head;
    Target { size: head.extent.size, checkpoint: head.checkpoint.clone() }
}

fn other_history(witness: &str, seen: &Checkpoint, here: &str) -> String {
    let (size, root): (u64, &Hash) = (seen.size, &seen.root);
    format!(
        "witness {witness} cosigned a tree of {size} entries with the root {root} that this log's key signed, and {here}: \
         this is an old copy of the log, or a damaged one, and going on from it would fork the log"
    )
}
