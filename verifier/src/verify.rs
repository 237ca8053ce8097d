//! From evidence and policy to the report, in numbered steps. The rule is `docs/verdict.md`.

mod artifact;
mod bundle;
mod entry;
mod headline;
mod layout;
mod link;
mod log;
mod look_up;
mod receipt;
mod rekor;
mod voucher;

use crate::check::layout::LinkUse;
use crate::evidence::{Evidence, GivenFile, OfferedKey, Subject};
use crate::format::key::PublicKey;
use crate::format::link::{Link, LinkError};
use crate::policy::Policy;
use crate::report::{
    BundleFileReport, Check, CheckId, KeyReport, LayoutReport, LinkReport, Outcome, Report, Time, Unrecognised,
    VERSION, Verdict,
};
use crate::sigstore::BundleVerifier;

use crate::sorted::{Map, Set};

pub use look_up::{Detail, look_up};

use log::LogState;

/// Checks everything in `evidence` under `policy`, as of `time`. No I/O, no clock; the same input gives the same report.
///
/// 1. The log: its checkpoint, the witnesses' quorum, consistency with what the reader saw before.
/// 2. Receipts and layouts; each link that was given: its format, its signers, its entry.
/// 3. Each Sigstore bundle, by `bundles`, with the artifact that it is about.
/// 4. Each entry of a Rekor log that was given, with the artifact that it records.
/// 5. Each artifact: the link that names it as a product, given or found, or the bundle, or the entry; for a found
///    link, its signers and entry.
/// 6. The verdict, from the required checks alone.
pub fn verify(evidence: &Evidence, policy: &Policy, time: &Time, bundles: &dyn BundleVerifier) -> Report {
    let mut work = Work::new(evidence, policy, time);
    work.log = evidence.log.as_ref().map(|log| log::check(log, policy, &mut work.checks));
    let log_checks = std::mem::take(&mut work.checks);
    let (states, receipts) = receipt::read(&evidence.receipts, policy, &mut work.checks);
    work.receipts = states;
    let links: Vec<_> = evidence.links.iter().map(|file| Link::parse(&file.bytes)).collect();
    work.parsed = links.iter().map(|link| link.as_ref().ok().cloned()).collect();
    work.layouts();
    for (i, (file, link)) in evidence.links.iter().zip(links).enumerate() {
        work.given_link(i, file, link);
    }
    work.bundles(bundles);
    work.rekor_entries(bundles);
    let artifacts: Vec<_> = (0..evidence.artifacts.len()).map(|i| work.artifact(i)).collect();
    let mut checks = std::mem::take(&mut work.checks);
    checks.extend(work.other_receipts());
    checks.extend(work.bundle_checks(&artifacts));
    checks.extend(work.rekor_entry_checks(&artifacts));
    checks.extend(evidence.unrecognised.iter().enumerate().map(|(i, (name, why))| unread(i, name, why)));
    if !evidence.links.is_empty() || !evidence.artifacts.is_empty() {
        checks.extend(log_checks.into_iter().map(|check| work.as_far_as_needed(check)));
    }
    let mut report = Report {
        version: VERSION,
        time: time.clone(),
        verdict: Verdict::of(checks.iter().filter(|check| check.required)),
        headline: String::new(),
        checks,
        artifacts,
        links: work.links,
        layouts: work.layouts,
        bundles: work.bundles,
        receipts,
        rekor_entries: work.rekor_entries.into_iter().map(|state| state.report).collect(),
        keys: offered_keys(evidence, policy),
        unrecognised: unrecognised(evidence),
        log: work.log.map(|log| log.report),
    };
    report.headline = headline::headline(&report);
    report
}

/// The verification under way.
struct Work<'a> {
    evidence: &'a Evidence,
    policy: &'a Policy,
    time: &'a Time,
    log: Option<LogState>,
    /// Whether an answer of the log, or the lack of one, decides about a link or an artifact.
    needs_log: bool,
    receipts: Vec<receipt::State>,
    checks: Vec<Check>,
    links: Vec<LinkReport>,
    /// The links that could be read, by their position among those given.
    parsed: Vec<Option<Link>>,
    layouts: Vec<LayoutReport>,
    /// What became of each given link under the layouts; empty where there is no layout.
    uses: Map<usize, LinkUse>,
    /// The names of their steps.
    step_names: Set<String>,
    /// The keys that the layouts name.
    functionaries: Vec<PublicKey>,
    bundles: Vec<BundleFileReport>,
    rekor_entries: Vec<rekor::State>,
}

impl<'a> Work<'a> {
    fn new(evidence: &'a Evidence, policy: &'a Policy, time: &'a Time) -> Self {
        Self {
            evidence,
            policy,
            time,
            log: None,
            needs_log: false,
            receipts: Vec::new(),
            checks: Vec::new(),
            links: Vec::new(),
            parsed: Vec::new(),
            layouts: Vec::new(),
            uses: Map::new(),
            step_names: Set::new(),
            functionaries: Vec::new(),
            bundles: Vec::new(),
            rekor_entries: Vec::new(),
        }
    }

    /// A check of the log, on which the verdict depends where something needs the log, or where the log is at fault.
    fn as_far_as_needed(&self, check: Check) -> Check {
        if self.needs_log || check.outcome == Outcome::Failed { check } else { check.optional() }
    }
    /// The links that were given and could be read, with their positions.
    fn given_links(&self) -> impl Iterator<Item = (usize, &Link)> {
        self.parsed.iter().enumerate().filter_map(|(i, link)| Some((i, link.as_ref()?)))
    }

    fn given_link(&mut self, i: usize, file: &GivenFile, link: Result<Link, LinkError>) {
        let subject = Subject::Link(i).label();
        let link = match link {
            Ok(link) => link,
            Err(error) => {
                let unread = matches!(error, LinkError::Unsupported(_) | LinkError::Layout);
                let outcome = if unread { Outcome::NotChecked } else { Outcome::Failed };
                self.checks.push(Check::new(CheckId::LinkFormat, &subject, outcome, sentence(&error.to_string())));
                self.links.push(link::unread(&subject, &file.name, &file.bytes));
                return;
            }
        };
        self.checks.push(match link.envelope.extra_members {
            false => {
                Check::new(CheckId::LinkFormat, &subject, Outcome::Passed, "The file is a well-formed in-toto link.")
            }
            // DSSE lets them pass, and no signature is over them.
            true => {
                let text =
                    "The file holds more than its envelope: what stands beside it is by nobody and was not checked.";
                Check::new(CheckId::LinkFormat, &subject, Outcome::NotChecked, text)
            }
        });
        let judged = link::judge_given(self, i, file, &link);
        // What a layout decides about needs no record; one that contradicts itself is told all the same.
        let decided = self.use_of(i).is_some();
        self.needs_log |= judged.needs_log && !decided;
        self.checks.extend(judged.checks.into_iter().map(|check| {
            let free = decided && check.id != CheckId::LinkSignature && check.outcome != Outcome::Failed;
            if free { check.optional() } else { check }
        }));
        self.links.push(judged.report);
    }
}

/// A capital letter in front, a full stop behind.
pub(crate) fn sentence(text: &str) -> String {
    let stop = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    let mut sentence = format!("{text}{stop}");
    // What stands first is ours, so ASCII: the tables of all other alphabets would be 24 KB for the browser to load.
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

fn offered_keys(evidence: &Evidence, policy: &Policy) -> Vec<KeyReport> {
    let named: Vec<&PublicKey> =
        policy.signers.iter().flat_map(|signers| &signers.members).map(|(_, key)| key).collect();
    let report = |offered: &OfferedKey| KeyReport {
        name: offered.name.clone(),
        fingerprint: offered.key.fingerprint().to_string(),
        scheme: offered.key.scheme().name(),
        pem: offered.key.to_pem(),
        expected: named.contains(&&offered.key),
    };
    evidence.keys.iter().map(report).collect()
}

/// A file that nothing was found out about must not hide behind the verdict on others.
fn unread(i: usize, name: &str, why: &str) -> Check {
    let text = format!("Nothing was checked about this file: {why}.");
    Check::new(CheckId::ArtifactProduct, &format!("unrecognised[{i}]"), Outcome::NotChecked, text).with("name", name)
}

fn unrecognised(evidence: &Evidence) -> Vec<Unrecognised> {
    let report = |(name, sentence): &(String, String)| Unrecognised { name: name.clone(), sentence: sentence.clone() };
    evidence.unrecognised.iter().map(report).collect()
}
