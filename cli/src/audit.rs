//! `rekor audit`: derives the whole of a log again.

use crate::options::Trust;
use crate::place::{Opened, Place};
use crate::{Failure, Outcome};
use clap::Args;
use rekor_log::{AuditError, Audited, Depth, Keep, audit};
use rekor_verifier::Hash;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

const EXAMPLES: &str = "\
Examples:
  rekor audit rekor-data                              (every log of the data folder, also while it is served)
  rekor audit https://rekor.example --log-key rekor.vkey
  rekor audit exported-log --log-key rekor.vkey --tree

Exit codes: 0 in order, 1 something is wrong, 2 could not tell (or trouble).";

/// Derive a whole log again from its entries, and name the first thing that is wrong.
///
/// From the entries come leaf hashes, tiles and roots, which are compared with what the log shows; every tree that it
/// signed before, or that you saw before, must be a beginning of the newest one. From the link files that the log keeps
/// each entry is made again, signatures included, and so is the list of digests that it is found under. In a log's own
/// folder the index, by which the log finds entries, must hold what they give and nothing else.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    /// A log's address, a data folder, a log's folder, or a folder that `rekor export` or `rekor mirror` wrote
    #[arg(value_name = "URL|DIR")]
    place: String,

    /// Only the tree: entries, tiles, roots and checkpoints, not what entries and link files say of each other
    #[arg(long)]
    tree: bool,

    #[command(flatten)]
    trust: Trust,

    /// Give up on a request after so many seconds
    #[arg(long, default_value = "10", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,

    /// Print the result as JSON: a list, one object a log
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Audit) -> Outcome {
    let depth = if command.tree { Depth::Tree } else { Depth::Everything };
    let (mut worst, mut results) = (0, Vec::new());
    for place in Place::all(&command.place)? {
        let result = place.open(&command.trust, Duration::from_secs(command.timeout)).and_then(|opened| {
            let mut progress = Progress::new("auditing", &place);
            let (tree, origin) = (opened.tree(), opened.head.origin.clone());
            let audited = walk(opened, depth, &mut progress);
            progress.end();
            Ok(Done { origin, tree, audited: audited? })
        });
        // A log in which something is wrong comes before one that could not be read.
        worst = match (worst, &result) {
            (1, _) | (_, Ok(_)) => worst,
            (_, Err(failure)) => failure.code,
        };
        match command.json {
            true => results.push(as_json(&place, &result)),
            false => print(&place, &result, depth),
        }
    }
    if command.json {
        println!("{}", crate::render::escaped(&format!("{:#}", Value::from(results))));
    }
    Ok(worst)
}

/// Audits what was opened; what was compared goes to `keep`.
pub fn walk(mut opened: Opened, depth: Depth, keep: &mut dyn Keep) -> Result<Audited, Failure> {
    let tree = opened.tree();
    audit(opened.source.as_mut(), tree, opened.known.into_iter(), depth, keep).map_err(|error| match error {
        AuditError::Trouble(why) => Failure::trouble(why),
        wrong => Failure::refused(wrong.to_string()),
    })
}

/// An audit that found nothing wrong.
struct Done {
    origin: String,
    tree: (u64, Hash),
    audited: Audited,
}

fn print(place: &Place, result: &Result<Done, Failure>, depth: Depth) {
    let name = place.name();
    match result {
        Ok(Done { origin, tree: (size, root), audited }) => {
            println!("IN ORDER  {}", crate::render::printable(origin));
            println!("  {name}");
            println!("  {size} entries with the root {root}");
            println!("  {} tiles and bundles, {} earlier trees", audited.tiles, audited.known_trees);
            if depth == Depth::Everything {
                println!("  {} link files with {} signatures", audited.bodies, audited.signatures);
                println!("  {} entries whose link file the log does not keep", audited.without_body);
                if let Some(records) = audited.index_records {
                    println!("  {records} records of the index on disk");
                }
            }
            if audited.erased_bodies > 0 || audited.erased_lists > 0 {
                println!("  {} link files and {} digest lists erased", audited.erased_bodies, audited.erased_lists);
            }
            if audited.other_kinds > 0 {
                println!("  {} entries of other kinds: hashed, not read", audited.other_kinds);
            }
        }
        Err(Failure { code: 1, message }) => println!("WRONG  {name}\n  {}", crate::render::printable(message)),
        Err(Failure { message, .. }) => println!("NOT AUDITED  {name}\n  {}", crate::render::printable(message)),
    }
}

fn as_json(place: &Place, result: &Result<Done, Failure>) -> Value {
    match result {
        Ok(Done { origin, tree: (size, root), audited }) => json!({
            "place": place.name(), "result": "in order", "origin": origin, "size": size, "root": root.to_string(),
            "tiles": audited.tiles, "earlierTrees": audited.known_trees, "bodies": audited.bodies,
            "signatures": audited.signatures, "withoutBody": audited.without_body,
            "erasedBodies": audited.erased_bodies, "erasedLists": audited.erased_lists, "otherKinds": audited.other_kinds,
            "indexRecords": audited.index_records,
        }),
        Err(failure) => {
            let result = if failure.code == 1 { "wrong" } else { "not audited" };
            json!({ "place": place.name(), "result": result, "why": failure.message })
        }
    }
}

/// Shows on a terminal how far it is, and keeps nothing.
pub struct Progress {
    what: String,
    shown: Option<Instant>,
    terminal: bool,
}

impl Progress {
    pub fn new(doing: &str, place: &Place) -> Self {
        Self { what: format!("{doing} {}", place.name()), shown: None, terminal: std::io::stderr().is_terminal() }
    }

    /// Takes the last line away.
    pub fn end(&mut self) {
        if self.shown.take().is_some() {
            eprint!("\r\u{1b}[K");
        }
    }
}

impl Keep for Progress {
    fn progress(&mut self, done: u64, size: u64) {
        let recently = self.shown.is_some_and(|shown| shown.elapsed() < Duration::from_millis(200));
        if self.terminal && !recently {
            eprint!("\r{} … {done} of {size} entries", self.what);
            self.shown = Some(Instant::now());
        }
    }
}
