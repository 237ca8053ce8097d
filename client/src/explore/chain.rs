//! A supply chain, walked from one file: back through the links that made it to what they were made of, and on to what
//! was made of it.
//!
//! Columns of the graph alternate: files stand at even distances from the first, steps at odd ones; what went in before
//! is on the negative side.

use super::list::{self, Fetched};
use super::{Found, Place, prove, why};
use crate::gather::{Gather, Pending};
use crate::lookup;
use crate::v1::{self, V1Entry};
use rekor_verifier::check::digest::sha256;
use rekor_verifier::evidence::{Answer, Asked};
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::link::{FileRecord, Link};
use rekor_verifier::report::{ItemReport, LookUpReport, Outcome};
use rekor_verifier::sorted::{Map, Set};
use serde::Serialize;

/// How many entries are looked at for one file.
const PER_FILE: usize = 8;

/// How many files of a link are followed.
const PER_LINK: usize = 12;

/// How many files are asked about in one hop.
const PER_HOP: usize = 16;

/// How many links are looked at in all.
const MOST_LINKS: usize = 64;

/// Files, steps, and which step took or made which file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The files; the one that was asked about first.
    pub artifacts: Vec<GraphArtifact>,
    /// The steps, each a link that the log holds.
    pub steps: Vec<GraphStep>,
    /// What connects them.
    pub edges: Vec<GraphEdge>,
    /// Whether something was left out because there is too much of it.
    pub cut: bool,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphArtifact {
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// The paths under which links name it.
    pub names: Vec<String>,
    /// Its distance from the first file, even.
    pub column: i32,
    /// Whether the log was asked about it; else there may be more behind it.
    pub followed: bool,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GraphStep {
    /// The ID of its entry.
    pub uuid: String,
    /// Its name, or who built.
    pub name: String,
    /// Its distance from the first file, odd.
    pub column: i32,
    /// What the checks on its entry come to.
    pub outcome: Outcome,
    /// Fingerprints of the keys in the entry whose signatures hold.
    pub keys: Vec<String>,
    /// How many materials it states.
    pub materials: usize,
    /// How many products it states.
    pub products: usize,
}

/// A file of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GraphEdge {
    /// Position among the steps.
    pub step: usize,
    /// Position among the files.
    pub artifact: usize,
    /// Whether the step made the file; else it took it.
    pub made: bool,
}

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// To what made a file.
    Back,
    /// To what was made of it.
    On,
}

/// What was walked over, before its entries are checked.
pub(super) struct Walked {
    start: String,
    /// Column of each file that was reached.
    columns: Map<String, i32>,
    /// The files that the log was asked about.
    followed: Set<String>,
    /// Links in the order in which they were found: entry ID, column, the link.
    links: Vec<(String, i32, Link)>,
    cut: bool,
}

/// Walks `hops` steps in each direction; `None` while answers are missing.
pub(super) fn walk(place: &Place, start: &str, hops: usize, gather: &mut Gather) -> Pending<(Found, Walked)> {
    let columns = Map::from_iter([(start.to_owned(), 0)]);
    let (followed, links) = (Set::new(), Vec::new());
    let mut walked = Walked { start: start.to_owned(), columns, followed, links, cut: false };
    let (mut entries, mut problem) = (Vec::new(), None);
    let mut complete = true;
    for way in [Way::Back, Way::On] {
        let mut files = vec![start.to_owned()];
        for hop in 0..hops {
            let found: Vec<_> = files.iter().map(|file| about(gather, file)).collect();
            // Both directions are asked for before either is given up.
            let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() else {
                complete = false;
                break;
            };
            files = walked.take(way, hop as i32, &files, found, &mut entries, &mut problem);
        }
    }
    if !complete {
        return None;
    }
    let (head, log) = place.state(gather)?;
    let items = prove(gather, entries, head.as_ref());
    let (log, items) = (log?, items?);
    let total = items.len() as u64;
    Some((Found { asked: Asked::Any, log, items, total, truncated: walked.cut, problem }, walked))
}

/// The entries that name a file, and whether there are more of them.
fn about(gather: &mut Gather, file: &str) -> Pending<Answer<(Vec<Fetched>, bool)>> {
    let ids = match lookup::ids(gather, v1::digest_query("sha256", file))? {
        Ok(ids) => ids,
        Err(reason) => return Some(Err(reason)),
    };
    // Those that made the file are named first, those that took it last.
    let (first, last) = (ids.uuids.iter().take(PER_FILE), ids.uuids.iter().skip(PER_FILE).rev().take(PER_FILE));
    let some: Vec<String> = first.chain(last).cloned().collect();
    let more = ids.truncated || some.len() < ids.uuids.len();
    Some(Ok((list::by_ids(gather, &some)?, more)))
}

impl Walked {
    /// Takes what was found about the files of one hop, and gives the files to ask about in the next.
    fn take(
        &mut self,
        way: Way,
        hop: i32,
        files: &[String],
        found: Vec<Answer<(Vec<Fetched>, bool)>>,
        entries: &mut Vec<Fetched>,
        problem: &mut Option<String>,
    ) -> Vec<String> {
        let (sign, mut next) = (if way == Way::Back { -1 } else { 1 }, Vec::new());
        for (file, found) in files.iter().zip(found) {
            self.followed.insert(file.clone());
            let (fetched, more) = match found {
                Ok(found) => found,
                Err(reason) => {
                    problem.get_or_insert_with(|| why(&reason));
                    continue;
                }
            };
            self.cut |= more;
            for (id, entry) in fetched {
                let Some(link) = entry.as_ref().ok().and_then(link_of) else { continue };
                let (near, far) = match way {
                    Way::Back => (&link.products, &link.materials),
                    Way::On => (&link.materials, &link.products),
                };
                if !digests(near).any(|digest| digest == file) {
                    continue;
                }
                let reached: Vec<String> = digests(far).take(PER_LINK).map(str::to_owned).collect();
                self.cut |= digests(far).count() > PER_LINK;
                if !self.links.iter().any(|(known, ..)| *known == id) {
                    if self.links.len() == MOST_LINKS {
                        self.cut = true;
                        continue;
                    }
                    self.links.push((id.clone(), sign * (2 * hop + 1), link));
                    entries.push((id, entry));
                }
                next.extend(reached);
            }
        }
        self.reach(next, sign * (2 * hop + 2))
    }

    /// Notes the files that were reached, and gives those among them that are new.
    fn reach(&mut self, files: Vec<String>, column: i32) -> Vec<String> {
        let mut new = Vec::new();
        for file in files {
            if !self.columns.contains_key(&file) {
                self.columns.insert(file.clone(), column);
                new.push(file);
            }
        }
        self.cut |= new.len() > PER_HOP;
        new.truncate(PER_HOP);
        new
    }

    /// The graph, with what the checks on the entries came to. A link whose entry does not hold is in it, and says so.
    pub(super) fn of(self, report: &LookUpReport) -> Graph {
        let mut graph = Graph { cut: self.cut, ..Graph::default() };
        let mut positions = Map::new();
        let others = self.columns.keys().filter(|file| **file != self.start);
        for file in std::iter::once(&self.start).chain(others) {
            let column = self.columns.get(file).copied().unwrap_or_default();
            positions.insert(file.clone(), graph.artifacts.len());
            let (sha256, followed) = (file.clone(), self.followed.contains(file));
            graph.artifacts.push(GraphArtifact { sha256, names: Vec::new(), column, followed });
        }
        for (uuid, column, link) in &self.links {
            let entry = report.entries.iter().find(|entry| entry.uuid.ends_with(uuid.as_str()));
            let step = graph.steps.len();
            graph.steps.push(described(uuid, *column, link, entry));
            for (made, files) in [(false, &link.materials), (true, &link.products)] {
                // One edge a file, however often the link names it.
                let mut drawn = Set::new();
                for file in files {
                    let Some(&artifact) = sha256_of(file).and_then(|digest| positions.get(digest)) else { continue };
                    graph.name(artifact, &file.path);
                    if drawn.insert(artifact) {
                        graph.edges.push(GraphEdge { step, artifact, made });
                    }
                }
            }
        }
        graph
    }
}

impl Graph {
    /// One more path of a file, up to three.
    fn name(&mut self, artifact: usize, path: &str) {
        if let Some(artifact) = self.artifacts.get_mut(artifact)
            && artifact.names.len() < 3
            && !artifact.names.iter().any(|known| known == path)
        {
            artifact.names.push(path.to_owned());
        }
    }
}

fn described(uuid: &str, column: i32, link: &Link, entry: Option<&ItemReport>) -> GraphStep {
    let builder = link.build.as_ref().map(|build| build.builder.clone());
    GraphStep {
        uuid: uuid.to_owned(),
        name: builder.unwrap_or_else(|| link.name.clone()),
        column,
        outcome: entry.map_or(Outcome::NotChecked, |entry| entry.outcome),
        keys: entry.iter().flat_map(|entry| &entry.keys).map(|key| key.fingerprint.clone()).collect(),
        materials: link.materials.len(),
        products: link.products.len(),
    }
}

/// The link that an entry records, where the log gave the recorded file.
fn link_of(entry: &V1Entry) -> Option<Link> {
    let leaf = LinkEntry::parse(&entry.leaf).ok()?;
    let body = entry.body.as_deref().filter(|body| sha256(body) == leaf.file)?;
    Link::parse(body).ok()
}

fn digests(files: &[FileRecord]) -> impl Iterator<Item = &str> {
    files.iter().filter_map(sha256_of)
}

fn sha256_of(file: &FileRecord) -> Option<&str> {
    file.digests.iter().find(|(algorithm, _)| algorithm == "sha256").map(|(_, value)| value.as_str())
}
