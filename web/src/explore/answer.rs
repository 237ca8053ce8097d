//! A page of a log's answer, as the verifier checked it.

use crate::json::read_fields;
use crate::report::{Check, Outcome};

/// A page.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The log and the entries.
    pub report: LookUp,
    /// How many entries the log names; its word.
    pub total: u64,
    /// Whether the log said that there are more than it names.
    pub truncated: bool,
    /// Whether there is another page.
    pub more: bool,
    /// Why the log gave no answer to the question.
    pub problem: Option<String>,
    /// The graph of a chain.
    pub graph: Option<Graph>,
    /// What to remember of the log.
    pub seen: String,
}

read_fields!(Answer { report, total, truncated, more, problem, graph, seen });

/// The log, and entries.
#[derive(Clone, Debug, PartialEq)]
pub struct LookUp {
    /// The log.
    pub log: Log,
    /// Its signed note.
    pub checkpoint: Option<String>,
    /// Who signed that.
    pub signatures: Vec<Signature>,
    /// How many entries the log had when this browser last saw it.
    pub remembered_size: Option<u64>,
    /// The checks on the log.
    pub checks: Vec<Check>,
    /// The entries.
    pub entries: Vec<Entry>,
}

read_fields!(LookUp { log, checkpoint, signatures, remembered_size, checks, entries });

/// A log's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// Its base address.
    pub url: String,
    /// What it calls itself.
    pub origin: Option<String>,
    /// Whether the policy's key signed its checkpoint.
    pub trusted: bool,
    /// Number of entries.
    pub size: Option<u64>,
    /// Root of its tree, base64.
    pub root: Option<String>,
    /// What a person has to deal with.
    pub alarm: Option<String>,
}

read_fields!(Log { url, origin, trusted, size, root, alarm });

/// A signature of a checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature {
    /// The name on the line.
    pub name: String,
    /// The policy's name for the key, where the signature holds.
    pub known: Option<String>,
    /// Whether it is the log's.
    pub log: bool,
    /// When a witness signed, by its own word, in seconds since 1970.
    pub time: Option<i64>,
}

read_fields!(Signature { name, known, log, time });

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its identifier.
    pub uuid: String,
    /// Its position, from 0.
    pub index: Option<u64>,
    /// When the log says that it took it, in seconds since 1970.
    pub time: Option<i64>,
    /// Kind and version.
    pub kind: Option<String>,
    /// What the checks come to.
    pub outcome: Outcome,
    /// The checks.
    pub checks: Vec<Check>,
    /// What it has to do with the digest that was asked about.
    pub roles: Vec<Role>,
    /// What it commits to.
    pub digests: Vec<Digest>,
    /// The keys in it whose signatures hold.
    pub keys: Vec<Key>,
    /// Whom the certificate in it names.
    pub holder: Option<Holder>,
    /// The link that it records.
    pub link: Option<Link>,
    /// Its bytes.
    pub raw: Option<Raw>,
}

read_fields!(Entry { uuid, index, time, kind, outcome, checks, roles, digests, keys, holder, link, raw });

/// What an entry has to do with a digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// `product`, `material`, `link-file`, …
    pub role: String,
    /// The path under which a link names it.
    pub path: Option<String>,
}

read_fields!(Role { role, path });

/// A digest that an entry commits to.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// What of.
    pub of: String,
    /// `sha256`, …
    pub algorithm: String,
    /// Lower-case hexadecimal.
    pub value: String,
}

read_fields!(Digest { of, algorithm, value });

/// A key in an entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// SHA-256 of its SPKI DER form.
    pub fingerprint: String,
    /// in-toto's name for its scheme.
    pub scheme: String,
}

read_fields!(Key { fingerprint, scheme });

/// Whom a certificate names; nothing has been checked about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    /// An e-mail address, or the URI of a workflow.
    pub identity: String,
    /// Who vouched for it, by the certificate's word.
    pub issuer: Option<String>,
}

read_fields!(Holder { identity, issuer });

/// What a link states.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// How it was written.
    pub form: String,
    /// Its step.
    pub step: String,
    /// Who built, where provenance says so.
    pub builder: Option<String>,
    /// Word by word.
    pub command: Vec<String>,
    /// What went in.
    pub materials: Files,
    /// What came out.
    pub products: Files,
    /// JSON text.
    pub byproducts: Option<String>,
    /// JSON text.
    pub environment: Option<String>,
}

read_fields!(Link { form, step, builder, command, materials, products, byproducts, environment });

impl Link {
    /// The step, or who built.
    pub fn title(&self) -> &str {
        self.builder.as_deref().unwrap_or(&self.step)
    }
}

/// Files of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    /// How many there are.
    pub count: usize,
    /// The first of them.
    pub first: Vec<File>,
}

read_fields!(Files { count, first });

/// A file of a link.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// As the link writes it.
    pub path: String,
    /// Lower-case hexadecimal.
    pub sha256: Option<String>,
    /// `algorithm:value`
    pub others: Vec<String>,
}

read_fields!(File { path, sha256, others });

/// Bytes, in base64.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// What is hashed into the tree.
    pub leaf: String,
    /// The file that it records.
    pub body: Option<String>,
    /// The proof, to be kept.
    pub receipt: Option<String>,
}

read_fields!(Raw { leaf, body, receipt });

/// Files and steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The files, the one in question first.
    pub artifacts: Vec<Artifact>,
    /// The steps.
    pub steps: Vec<Step>,
    /// What connects them.
    pub edges: Vec<Edge>,
    /// Whether there is more than is shown.
    pub cut: bool,
}

read_fields!(Graph { artifacts, steps, edges, cut });

/// A file of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// Paths under which links name it.
    pub names: Vec<String>,
    /// Even.
    pub column: i32,
    /// Whether the log was asked about it.
    pub followed: bool,
}

read_fields!(Artifact { sha256, names, column, followed });

/// A step of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The entry of its link.
    pub uuid: String,
    /// Its name, or who built.
    pub name: String,
    /// Odd.
    pub column: i32,
    /// What the checks on its entry come to.
    pub outcome: Outcome,
    /// Fingerprints of the keys in its entry.
    pub keys: Vec<String>,
    /// How many files went in.
    pub materials: usize,
    /// How many came out.
    pub products: usize,
}

read_fields!(Step { uuid, name, column, outcome, keys, materials, products });

/// Between a step and a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Position among the steps.
    pub step: usize,
    /// Position among the files.
    pub artifact: usize,
    /// Whether the step made the file; else it took it.
    pub made: bool,
}

read_fields!(Edge { step, artifact, made });
