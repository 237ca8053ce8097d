//! What a verification looks at: files of the reader, and what a log answered about them. None of it is trusted.

use crate::Hash;
use crate::check::archive::{ArchiveError, Listing};
use crate::check::digest::Digests;
use crate::format::bundle;
use crate::format::checkpoint::Checkpoint;
use crate::format::key::PublicKey;
use crate::format::rekor_entry::RekorEntry;
use std::fmt;

/// Everything there is to check in one report.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Files whose origin is in question.
    pub artifacts: Vec<Artifact>,
    /// Links that the reader holds, in any form.
    pub links: Vec<GivenFile>,
    /// Layouts that the reader holds.
    pub layouts: Vec<GivenFile>,
    /// Sigstore bundles that the reader holds.
    pub bundles: Vec<BundleFile>,
    /// Receipts that the reader holds: proofs that were kept with links.
    pub receipts: Vec<GivenFile>,
    /// Answers of Rekor logs that the reader holds: files with entries, as v1's API gives them.
    pub rekor_entries: Vec<GivenFile>,
    /// Keys that came along. They are shown and never counted.
    pub keys: Vec<OfferedKey>,
    /// Files that are nothing that can be read here: name, and what they look like.
    pub unrecognised: Vec<(String, String)>,
    /// What the log that was asked said; `None` where none was.
    pub log: Option<LogEvidence>,
}

/// A file of the reader's, known by its digests.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its name; for display, and because a layout's inspection names the file that it unpacks.
    pub name: String,
    /// The digests of its bytes.
    pub digests: Digests,
    /// What unpacking it gives, where somebody had to know.
    pub listing: Option<Result<Listing, ArchiveError>>,
}

/// What reading an artifact once more gave.
#[derive(Clone, Debug)]
pub struct Contents {
    /// Every digest that is computed here.
    pub digests: Digests,
    /// What unpacking it gives.
    pub listing: Result<Listing, ArchiveError>,
}

/// A file of the reader's that says something about others: a link, a layout, a receipt, an answer of a log.
#[derive(Clone, Debug)]
pub struct GivenFile {
    /// Its name, for display; with the folders in front of it where it came from one, since the links of a sublayout
    /// are known by theirs.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A Sigstore bundle of the reader's.
#[derive(Clone, Debug)]
pub struct BundleFile {
    /// The name of its file, for display. A file may hold several.
    pub name: String,
    /// The bundle.
    pub bundle: bundle::Found,
}

/// A public key that came along with the evidence.
#[derive(Clone, Debug)]
pub struct OfferedKey {
    /// The name of its file.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// Why there is no answer to a question that was put to a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The log answered that it has no such thing (HTTP 4xx).
    Refused(String),
    /// Nothing came, too much came, or what came cannot be read.
    Unreadable(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::Refused(reason) | NoAnswer::Unreadable(reason) => f.write_str(reason),
        }
    }
}

/// What a log said, or why it said nothing.
pub type Answer<T> = Result<T, NoAnswer>;

/// What one log answered.
#[derive(Clone, Debug)]
pub struct LogEvidence {
    /// The base address that was asked.
    pub url: String,
    /// The signed note served as its checkpoint.
    pub checkpoint: Answer<Vec<u8>>,
    /// What this reader remembers of the log, with the proofs that tie it to the checkpoint.
    pub remembered: Vec<Remembered>,
    /// An alarm that was raised on an earlier visit and that nobody has dealt with.
    pub standing_alarm: Option<String>,
    /// What it found for each link and artifact that it was asked about.
    pub lookups: Vec<Lookup>,
}

/// A tree head that this reader saw on an earlier visit, under a signature that was checked then.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The tree head.
    pub checkpoint: Checkpoint,
    /// Whether it carried the quorum of the reader's witnesses.
    pub cosigned: bool,
    /// History proof ([`crate::check::merkle::Tiles::history_proof`]) from the smaller to the larger of this head and
    /// the present one.
    pub proof: Answer<Vec<Hash>>,
}

/// Which of the reader's files a look-up is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Position among [`Evidence::links`].
    Link(usize),
    /// Position among [`Evidence::artifacts`].
    Artifact(usize),
}

/// What a log found for one file.
#[derive(Clone, Debug)]
pub struct Lookup {
    /// The file.
    pub subject: Subject,
    /// The entries, or why there is no answer.
    pub found: Answer<Found>,
}

/// The entries of one look-up.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The entries that were fetched.
    pub records: Vec<Record>,
    /// Those of a Rekor v1 log, each with what proves it.
    pub rekor_entries: Vec<RekorEntry>,
    /// Those among them that amount to a Sigstore bundle: a file's signature by a certificate.
    pub certified: Vec<BundleFile>,
    /// How many more the log names.
    pub more: u64,
    /// Where this very file has no entry: one of another file with the same signed content, as UUID and index, both
    /// the log's word.
    pub same_content: Option<(String, u64)>,
}

/// One entry as a log gave it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The entry's ID, 64 or 80 hexadecimal digits, as the log named it when it was asked.
    pub uuid: String,
    /// Where the log says that it stands.
    pub index: u64,
    /// When the log says that it was recorded, in seconds since 1970.
    pub time: Option<i64>,
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// The link file's bytes, where the log returned them.
    pub body: Option<Vec<u8>>,
    /// The digest list, where it was asked for because there is no body.
    pub digest_list: Option<Vec<u8>>,
    /// Inclusion proof from the leaf to the root of the checkpoint.
    pub proof: Answer<Vec<Hash>>,
    /// The proof that came with the entry by itself.
    pub own_proof: Option<OwnProof>,
}

/// The inclusion proof inside a Rekor v1 answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnProof {
    /// Index of the leaf within the tree.
    pub index: u64,
    /// Size of the tree.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
    /// Hashes from the leaf to the root.
    pub hashes: Vec<Hash>,
    /// The checkpoint beside it, in the rendering for v1 clients.
    pub checkpoint: String,
    /// History proof from the smaller to the larger of this tree and the checkpoint's.
    pub consistency: Answer<Vec<Hash>>,
}

/// What a log was asked about its entries, by somebody who looks around in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// The entries that name a digest: of a file, of what a link signs, of a product, of a material.
    Digest {
        /// `sha256`, `sha1`, …
        algorithm: String,
        /// Lower-case hexadecimal.
        hex: String,
    },
    /// The entries with a signature by this key.
    Key(Box<PublicKey>),
    /// The entries whose certificate names this e-mail address.
    Email(String),
    /// The entry with this ID, 64 or 80 hexadecimal digits.
    Entry(String),
    /// The entry at this position, from 0.
    Index(u64),
    /// Entries, whichever it has: the newest, say.
    Any,
}

/// One entry of the answer to [`Asked`]: what came under an ID or an index, or why nothing did.
#[derive(Clone, Debug)]
pub struct Item {
    /// The entry's ID, or its index, as the log named it when it was asked.
    pub name: String,
    /// The entry.
    pub record: Answer<Record>,
    /// The same entry as a Rekor v1 log gave it: what came with it has to prove it, in place of the log's tiles.
    pub rekor: Option<RekorEntry>,
}

impl Subject {
    /// `link[i]` or `artifact[i]`.
    pub fn label(self) -> String {
        match self {
            Subject::Link(i) => format!("link[{i}]"),
            Subject::Artifact(i) => format!("artifact[{i}]"),
        }
    }
}

impl LogEvidence {
    /// What was found for `subject`; an answer of its own where it was never asked.
    pub fn lookup(&self, subject: Subject) -> Answer<&Found> {
        match self.lookups.iter().find(|lookup| lookup.subject == subject) {
            Some(lookup) => lookup.found.as_ref().map_err(Clone::clone),
            None => Err(NoAnswer::Unreadable("the log was not asked about this file".into())),
        }
    }
}
