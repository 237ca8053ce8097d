//! The verifier's report, as the worker hands it over: the shape that `rekor verify --json` prints.
//! The page renders it and decides nothing.

mod bundle;
mod check;
mod layout;
mod missing;
mod proof;

pub use bundle::{Bundle, Claims, Signer};
pub use check::{Check, Outcome, Verdict};
pub use layout::{Inspection, Layout, Step};
pub use missing::Missing;
pub use proof::{Growth, Head, Level, Proof, Tree};

use crate::format::short;
use crate::json::read_fields;
use crate::model::Identity;
use crate::text::{self, t};

/// The product of a link that an artifact is.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// The link's subject, e.g. `link[0]`.
    pub link: String,
    /// The name of the link's step; empty for provenance.
    pub step: String,
    /// Who built, where provenance says so.
    pub builder: Option<String>,
    /// The path at which the link names it.
    pub path: String,
}

read_fields!(Product { link, step, builder, path });

/// A file that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Artifact {
    /// `artifact[i]`.
    pub subject: String,
    /// As dropped.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hex.
    pub sha256: String,
    /// What it came to by itself.
    pub outcome: Outcome,
    /// The product that it is, if any.
    pub product: Option<Product>,
    /// The bundle that it is the subject of: `bundle[i]`.
    pub bundle: Option<String>,
    /// The entry of a Rekor log that records it: `rekor-entry[i]`.
    pub rekor_entry: Option<String>,
}

read_fields!(Artifact { subject, name, size, sha256, outcome, product, bundle, rekor_entry });

/// A public key that a signature verified under.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkKey {
    /// SHA-256 of the SPKI DER form, lower-case hex.
    pub fingerprint: String,
    /// The name that the reader gave it; none for a key that the reader did not name.
    pub name: Option<String>,
    /// The signature scheme.
    pub scheme: String,
}

read_fields!(LinkKey { fingerprint, name, scheme });

/// The record of a link in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The entry's identifier.
    pub uuid: String,
    /// Its index in the log, from 0.
    pub index: u64,
    /// Unix seconds, as the log states them.
    pub time: Option<i64>,
    /// The receipt that proves it: `receipt[i]`; none where the log itself did.
    pub receipt: Option<String>,
}

read_fields!(Entry { uuid, index, time, receipt });

/// Another entry that was found, which the verdict does not rest on.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// The entry's identifier.
    pub uuid: String,
    /// Its index in the log, from 0.
    pub index: Option<u64>,
    /// What was found out about it.
    pub sentence: String,
}

read_fields!(Other { uuid, index, sentence });

/// A link, given or found.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// `link[i]`.
    pub subject: String,
    /// As dropped; none for a link found in the log.
    pub name: Option<String>,
    /// `metablock-link`, `dsse-link`, `statement-link` or `statement-provenance`.
    pub form: Option<String>,
    /// The name of its step.
    pub step: Option<String>,
    /// Who built, where provenance says so.
    pub builder: Option<String>,
    /// SHA-256 of the link file, lower-case hex.
    pub sha256: Option<String>,
    /// Who signed it.
    pub keys: Vec<LinkKey>,
    /// Its record.
    pub entry: Option<Entry>,
    /// Other entries found for it.
    pub others: Vec<Other>,
    /// How many more there are that were not looked at.
    pub more: u64,
}

read_fields!(Link { subject, name, form, step, builder, sha256, keys, entry, others, more });

/// A key among the dropped files: evidence, not trust.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundKey {
    /// As dropped.
    pub name: String,
    /// SHA-256 of the SPKI DER form, lower-case hex.
    pub fingerprint: String,
    /// The signature scheme.
    pub scheme: String,
    /// The key itself.
    pub pem: String,
    /// Whether the reader also chose it as an expected signer.
    pub expected: bool,
}

read_fields!(FoundKey { name, fingerprint, scheme, pem, expected });

/// A dropped file that is none of what the page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Unrecognised {
    /// As dropped.
    pub name: String,
    /// Why not.
    pub sentence: String,
}

read_fields!(Unrecognised { name, sentence });

/// The log that was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct LogState {
    /// Its base address.
    pub url: String,
    /// The origin of its checkpoint.
    pub origin: Option<String>,
    /// Whether the policy names its key.
    pub trusted: bool,
    /// The tree size that its checkpoint states.
    pub size: Option<u64>,
    /// What makes the log's history suspicious.
    pub alarm: Option<String>,
}

read_fields!(LogState { url, origin, trusted, size, alarm });

/// A receipt: the proof of an entry, kept as a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// `receipt[i]`.
    pub subject: String,
    /// As dropped.
    pub name: String,
    /// Origin of the log.
    pub origin: Option<String>,
    /// Number of entries under its checkpoint.
    pub size: Option<u64>,
    /// Position of the entry that it proves, from 0.
    pub index: Option<u64>,
}

read_fields!(Receipt { subject, name, origin, size, index });

/// An entry of a Rekor log, kept as a file. A file may hold several.
#[derive(Clone, Debug, PartialEq)]
pub struct RekorEntry {
    /// `rekor-entry[i]`.
    pub subject: String,
    /// As dropped.
    pub name: String,
    /// Kind and version; none where they could not be read.
    pub kind: Option<String>,
    /// The log's address, where the trusted root names the log.
    pub log: Option<String>,
    /// Its index, from 0.
    pub index: Option<u64>,
    /// When the log took it, Unix seconds, where the log signed that.
    pub time: Option<i64>,
    /// The artifact that it records: `artifact[i]`.
    pub artifact: Option<String>,
    /// The key by which the signature in it holds.
    pub key: Option<LinkKey>,
}

read_fields!(RekorEntry { subject, name, kind, log, index, time, artifact, key });

/// A time, and who vouches for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Time {
    /// Unix seconds.
    pub seconds: i64,
    /// Who says so.
    pub source: String,
}

read_fields!(Time { seconds, source });

/// The report.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The time that checks used which depend on time.
    pub time: Option<Time>,
    /// The whole.
    pub verdict: Verdict,
    /// The verdict in one or two sentences.
    pub headline: String,
    /// Everything that was checked.
    pub checks: Vec<Check>,
    /// The files that were checked.
    pub artifacts: Vec<Artifact>,
    /// The links, given and found.
    pub links: Vec<Link>,
    /// The layouts.
    pub layouts: Vec<Layout>,
    /// The Sigstore bundles.
    pub bundles: Vec<Bundle>,
    /// The receipts.
    pub receipts: Vec<Receipt>,
    /// The entries of Rekor logs.
    pub rekor_entries: Vec<RekorEntry>,
    /// The keys among the files.
    pub keys: Vec<FoundKey>,
    /// The other files.
    pub unrecognised: Vec<Unrecognised>,
    /// The log that was asked.
    pub log: Option<LogState>,
}

read_fields!(Report {
    time,
    verdict,
    headline,
    checks,
    artifacts,
    links,
    layouts,
    bundles,
    receipts,
    rekor_entries,
    keys,
    unrecognised,
    log
});

/// A report equals itself alone: what is drawn of one is drawn anew for another, and nothing is compared at length.
impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Report {
    /// The checks that the verdict rests on, or the others; what went wrong first, otherwise in the
    /// verifier's order.
    pub fn checks(&self, required: bool) -> Vec<&Check> {
        let of =
            |outcome| self.checks.iter().filter(move |check| check.required == required && check.outcome == outcome);
        Outcome::BY_URGENCY.into_iter().flat_map(of).collect()
    }

    /// A subject by the name that the reader knows it by.
    pub fn subject(&self, subject: &str) -> String {
        match (self.named(subject), subject.strip_prefix("entry ")) {
            (Some(name), _) => name,
            (None, Some(uuid)) => self.entry(uuid),
            (None, None) => self.part_of_layout(subject).unwrap_or_else(|| subject.to_owned()),
        }
    }

    fn named(&self, subject: &str) -> Option<String> {
        let artifacts = self.artifacts.iter().map(|it| (&it.subject, &it.name));
        let layouts = self.layouts.iter().map(|it| (&it.subject, &it.name));
        let bundles = self.bundles.iter().map(|it| (&it.subject, &it.name));
        let receipts = self.receipts.iter().map(|it| (&it.subject, &it.name));
        let entries = self.rekor_entries.iter().map(|it| (&it.subject, &it.name));
        let mut given = artifacts.chain(layouts).chain(bundles).chain(receipts).chain(entries);
        let name = given.find(|(known, _)| *known == subject).map(|(_, name)| name.clone());
        name.or_else(|| self.link(subject).map(Link::title))
    }

    /// `layout[0]/step[package]` in words. What belongs to a layout within the layout keeps its path as it is.
    fn part_of_layout(&self, subject: &str) -> Option<String> {
        let (layout, part) = subject.split_once('/')?;
        let layout = self.layouts.iter().find(|it| it.subject == layout)?;
        let (kind, name) = part.strip_suffix(']')?.split_once('[')?;
        if !["step", "inspection"].contains(&kind) || name.contains('/') {
            return None;
        }
        let kind = text::find(&format!("subject.{kind}")).unwrap_or(kind);
        Some(match self.layouts.len() {
            1 => format!("{kind} {name}"),
            _ => text::with("subject.of-layout", &[("kind", kind), ("name", name), ("layout", &layout.name)]),
        })
    }

    /// The link of this subject.
    pub fn link(&self, subject: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.subject == subject)
    }

    fn entry(&self, uuid: &str) -> String {
        let entries = self.links.iter().filter_map(|link| link.entry.as_ref()).map(|entry| (&entry.uuid, entry.index));
        let others = self.links.iter().flat_map(|link| &link.others);
        let others = others.filter_map(|other| Some((&other.uuid, other.index?)));
        match entries.chain(others).find(|(known, _)| *known == uuid) {
            Some((_, index)) => text::with("subject.entry", &[("index", &index.to_string())]),
            None => text::with("subject.uuid", &[("uuid", &short(uuid))]),
        }
    }

    /// Whether something is well signed, but by nobody whom the reader named.
    pub fn unconfirmed_signer(&self) -> bool {
        const BY_SOMEBODY: [&str; 5] =
            ["link-signature", "layout-signature", "bundle-signature", "bundle-identity", "rekor-entry-signature"];
        let open = |check: &Check| check.outcome == Outcome::Untrusted && BY_SOMEBODY.contains(&check.id.as_str());
        self.checks.iter().any(open)
    }

    /// Whether the signature of a bundle is by whom it names: anybody can make a certificate in anybody's name.
    pub fn signer_holds(&self, bundle: &Bundle) -> bool {
        let passed = |id| {
            let is = |check: &&Check| check.id == id && check.subject == bundle.subject;
            self.checks.iter().find(is).is_some_and(|check| check.outcome == Outcome::Passed)
        };
        passed("bundle-signature") && passed("bundle-certificate")
    }

    /// The identities in bundles that the verifier did not find to be the expected one, each once.
    pub fn unconfirmed_identities(&self) -> Vec<Identity> {
        let unconfirmed = |bundle: &&Bundle| {
            let check = |check: &&Check| check.id == "bundle-identity" && check.subject == bundle.subject;
            self.checks.iter().find(check).is_some_and(|check| check.outcome == Outcome::Untrusted)
        };
        let mut found = Vec::new();
        for identity in self.bundles.iter().filter(unconfirmed).filter_map(Bundle::identity) {
            if !found.contains(&identity) {
                found.push(identity);
            }
        }
        found
    }

    /// What a dropped file was recognised as. Files are told apart by digest where the report has it.
    pub fn kind(&self, name: &str, sha256: &str) -> Option<&'static str> {
        if self.links.iter().any(|link| link.name.as_deref() == Some(name) && same(link.sha256.as_deref(), sha256)) {
            return Some("link file");
        }
        if self.artifacts.iter().any(|artifact| artifact.name == name && artifact.sha256 == sha256) {
            return Some("artifact");
        }
        let kinds = [
            ("layout", self.layouts.iter().any(|layout| layout.name == name)),
            ("Sigstore bundle", self.bundles.iter().any(|bundle| bundle.name == name)),
            ("receipt", self.receipts.iter().any(|receipt| receipt.name == name)),
            ("entry of a log", self.rekor_entries.iter().any(|entry| entry.name == name)),
            ("public key", self.keys.iter().any(|key| key.name == name)),
            ("not recognised", self.unrecognised.iter().any(|file| file.name == name)),
        ];
        kinds.into_iter().find(|(_, is)| *is).map(|(kind, _)| kind)
    }

    /// The keys among the files that the reader has not chosen as expected signers.
    pub fn unconfirmed_keys(&self) -> Vec<&FoundKey> {
        self.keys.iter().filter(|key| !key.expected).collect()
    }
}

impl Link {
    /// What to call it.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => t("kind.found-link").to_owned(),
        }
    }

    /// What kind of statement it is, by the form that it was written in.
    pub fn kind(&self) -> &'static str {
        match self.form.as_deref() {
            Some("dsse-link") => t("kind.dsse-link"),
            Some("statement-link") => t("kind.statement-link"),
            Some("statement-provenance") => t("kind.statement-provenance"),
            _ => t("kind.link"),
        }
    }
}

/// A malformed link has no digest in the report, and is then told by its name alone.
fn same(digest: Option<&str>, sha256: &str) -> bool {
    digest.is_none_or(|digest| digest == sha256)
}

#[cfg(test)]
mod tests;
