//! The report on a terminal. It says what the report says, and decides nothing.

use rekor_client::Explored;
use rekor_verifier::report::{
    BundleFileReport, Check, CheckId, ItemReport, LayoutReport, LinkReport, Outcome, RekorEntryReport, Report, Verdict,
};

/// Whether a character could steer a terminal, end a line, or turn the reading direction.
fn is_steering(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// `text` on one line that steers nothing: names and sentences come from strangers.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_steering(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// The report as JSON that steers nothing.
pub fn json(report: &Report) -> String {
    escaped(&report.to_json())
}

/// JSON that steers nothing. Its own line feeds stand between tokens; all else that steers is inside a string, where JSON
/// knows the same escape for it.
pub fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_steering(c) && c != '\n' {
            // Every character that steers is below U+10000: one escape each.
            true => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}

/// Text of which every line was made printable by itself, so that no name or sentence can forge a line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, line: impl AsRef<str>) {
        self.0.push_str(&printable(line.as_ref()));
        self.0.push('\n');
    }
}

/// The whole report as text: verdict, what belongs where, every check; with `explain`, what each is about.
pub fn human(report: &Report, explain: bool) -> String {
    let mut out = Lines::default();
    let verdict = match report.verdict {
        Verdict::Verified => "VERIFIED",
        Verdict::NotVerified => "NOT VERIFIED",
        Verdict::CouldNotTell => "COULD NOT TELL",
    };
    out.add(format!("{verdict}: {}", report.headline));
    out.add("");
    for artifact in &report.artifacts {
        out.add(format!("{}  {}  sha256:{}", artifact.subject, artifact.name, artifact.sha256));
        if let Some(product) = &artifact.product {
            out.add(format!("    product {} of {} ({})", product.path, product.source(), product.link));
        }
        if let Some(bundle) = &artifact.bundle {
            out.add(format!("    what {bundle} is about"));
        }
        if let Some(entry) = &artifact.rekor_entry {
            out.add(format!("    what {entry} records"));
        }
    }
    for layout in &report.layouts {
        add_layout(&mut out, layout);
    }
    // Whose signature a link needs, a layout says.
    let stranger = if report.layouts.is_empty() { "a key that you did not name" } else { "the key" };
    for link in &report.links {
        add_link(&mut out, link, stranger);
    }
    for bundle in &report.bundles {
        add_bundle(&mut out, bundle);
    }
    for receipt in &report.receipts {
        let entry = receipt.index.map(|index| format!("  entry #{index}")).unwrap_or_default();
        let log = receipt.origin.as_ref().map(|origin| format!(" of {origin}")).unwrap_or_default();
        out.add(format!("{}  {}{entry}{log}", receipt.subject, receipt.name));
    }
    for entry in &report.rekor_entries {
        add_rekor_entry(&mut out, entry);
    }
    for key in report.keys.iter().filter(|key| !key.expected) {
        out.add(format!("key  {}  {} came along with the files, and is not counted", key.name, key.fingerprint));
    }
    for file in &report.unrecognised {
        out.add(format!("not read  {}: {}", file.name, file.sentence));
    }
    out.add("");
    for check in &report.checks {
        add_check(&mut out, check);
        if explain {
            out.add(format!("{:27}{}", "", check.explanation));
        }
    }
    out.add("");
    out.add(format!("As of {}, by {}.", utc(report.time.seconds), report.time.source));
    if let Some(alarm) = report.log.as_ref().and_then(|log| log.alarm.as_ref()) {
        out.add("");
        out.add(format!("ALARM: {alarm}"));
        out.add(
            "Do not rely on this log. Once you know what happened: `rekor log forget` with its address or its key.",
        );
    }
    out.0
}

fn add_link(out: &mut Lines, link: &LinkReport, stranger: &str) {
    let name = link.name.as_deref().unwrap_or("(found in the log)");
    out.add(format!("{}  {name}  sha256:{}", link.subject, link.sha256));
    for key in &link.keys {
        let who = key.name.as_deref().unwrap_or(stranger);
        out.add(format!("    signed by {who}: {} ({})", key.fingerprint, key.scheme));
    }
    if let Some(entry) = &link.entry {
        let time = entry.time.map(|time| format!(", at {} (the log's word)", utc(time))).unwrap_or_default();
        out.add(format!("    entry #{} {}{time}", entry.index, entry.uuid));
    }
    if !link.others.is_empty() || link.more > 0 {
        let others = (link.others.len() as u64).saturating_add(link.more);
        let entries =
            if others == 1 { "1 other entry decides".to_owned() } else { format!("{others} other entries decide") };
        out.add(format!("    {entries} nothing"));
    }
}

/// The chain of steps, each with the links that count for it.
fn add_layout(out: &mut Lines, layout: &LayoutReport) {
    out.add(format!("{}  {}  valid until {}", layout.subject, layout.name, utc(layout.expires)));
    for key in &layout.keys {
        let who = key.name.as_deref().unwrap_or("a key that you did not name");
        out.add(format!("    signed by {who}: {} ({})", key.fingerprint, key.scheme));
    }
    for step in &layout.steps {
        let links = if step.links.is_empty() { "no link".to_owned() } else { step.links.join(", ") };
        out.add(format!("    {}  step {} (needs {}): {links}", mark(step.outcome), step.name, step.threshold));
    }
    for inspection in &layout.inspections {
        let (mark, name) = (mark(inspection.outcome), &inspection.name);
        out.add(format!("    {mark}  inspection {name}: {}", inspection.run.join(" ")));
    }
}

/// Whether the signature is by whom the bundle names: anybody can make a certificate in anybody's name.
fn signer_holds(bundle: &BundleFileReport) -> bool {
    let holds = |id| bundle.report.checks.iter().any(|check| check.id == id && check.outcome == Outcome::Passed);
    let certified = bundle.report.signer.as_ref().is_some_and(|signer| signer.identity.is_some());
    holds(CheckId::BundleSignature) && (!certified || holds(CheckId::BundleCertificate))
}

fn add_bundle(out: &mut Lines, bundle: &BundleFileReport) {
    let report = &bundle.report;
    out.add(format!("{}  {}  {}", bundle.subject, bundle.name, report.kind.words()));
    if let Some(signer) = &report.signer {
        let who = signer.identity.as_deref().or(signer.fingerprint.as_deref()).unwrap_or("an unnamed key");
        let issuer = signer.issuer.as_ref().map(|issuer| format!(", vouched for by {issuer}")).unwrap_or_default();
        let how = if signer_holds(bundle) { "signed by" } else { "says that it is signed by" };
        out.add(format!("    {how} {who}{issuer}"));
    }
    if let Some(predicate_type) = &report.predicate_type {
        out.add(format!("    states {predicate_type}"));
    }
    for time in &report.times {
        out.add(format!("    at {}, by {}", utc(time.time), time.voucher));
    }
    if let Some(entry) = &report.entry {
        let log = entry.log.as_deref().unwrap_or("a log that the trusted root does not name");
        out.add(format!("    entry #{} of {log} ({})", entry.index, entry.kind));
    }
}

fn add_rekor_entry(out: &mut Lines, entry: &RekorEntryReport) {
    out.add(format!("{}  {}  {}", entry.subject, entry.name, entry.kind.as_deref().unwrap_or("not read")));
    if let Some(key) = &entry.key {
        let who = key.name.as_deref().unwrap_or("a key that you did not name");
        out.add(format!("    signed by {who}: {} ({})", key.fingerprint, key.scheme));
    }
    if let Some(index) = entry.index {
        let log = entry.log.as_deref().unwrap_or("a log that the trusted root does not name");
        let time = entry.time.map(|time| format!(", at {} (the log's word)", utc(time))).unwrap_or_default();
        out.add(format!("    entry #{index} of {log}{time}"));
    }
}

/// A page of what a log has: each entry, whom it names, its checks. `partial` is whether no other page follows.
pub fn found(page: &Explored, partial: bool) -> String {
    let mut out = Lines::default();
    let log = page.report.log.origin.as_ref().unwrap_or(&page.report.log.url);
    match &page.problem {
        Some(problem) => out.add(format!("{log} did not answer: {problem}.")),
        None => out.add(format!("{log}: {} found (its word)", page.total)),
    }
    for entry in &page.report.entries {
        add_found(&mut out, entry);
    }
    out.add("");
    for check in &page.report.checks {
        add_check(&mut out, check);
    }
    if let Some(alarm) = &page.report.log.alarm {
        out.add(format!("ALARM: {alarm}"));
    }
    if page.truncated {
        out.add("The log said that there are more than it names.");
    }
    if page.more && partial {
        out.add("There are more: --all shows them.");
    }
    out.0
}

fn add_found(out: &mut Lines, entry: &ItemReport) {
    out.add("");
    let index = entry.index.map(|index| format!("#{index}  ")).unwrap_or_default();
    let time = entry.time.map(|time| format!("  at {} (the log's word)", utc(time))).unwrap_or_default();
    let kind = entry.kind.as_deref().unwrap_or("not read");
    out.add(format!("{}  {index}{kind}  {}{time}", mark(entry.outcome), entry.uuid));
    if let Some(link) = &entry.link {
        out.add(format!("    step {}", link.builder.as_ref().unwrap_or(&link.step)));
    }
    for digest in &entry.digests {
        out.add(format!("    {} {}:{}", digest.of, digest.algorithm, digest.value));
    }
    if let Some(holder) = &entry.holder {
        let issuer = holder.issuer.as_ref().map(|issuer| format!(", vouched for by {issuer}")).unwrap_or_default();
        out.add(format!("    the entry says: signed by {}{issuer}", holder.identity));
    }
    for key in &entry.keys {
        let who = key.name.as_deref().unwrap_or("a key that you did not name");
        out.add(format!("    signed by {who}: {} ({})", key.fingerprint, key.scheme));
    }
    for check in &entry.checks {
        add_check(out, check);
    }
}

fn mark(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed     ",
        Outcome::Failed => "FAILED     ",
        Outcome::Untrusted => "untrusted  ",
        Outcome::NotChecked => "not checked",
    }
}

fn add_check(out: &mut Lines, check: &Check) {
    let mark = mark(check.outcome);
    // The long names of entries and logs stand above; here `entry` and `log` say enough.
    let subject = check.subject.split(' ').next().unwrap_or_default();
    let note = if check.required { "" } else { " (decides nothing)" };
    out.add(format!("{mark}  {subject:<12} {}{note}", check.sentence));
    if check.outcome == Outcome::Failed {
        for key in ["path", "expected", "found"] {
            if let Some(value) = check.evidence.get(key) {
                out.add(format!("{:27}{key}: {}", "", serde_json::to_string(value).unwrap_or_default()));
            }
        }
    }
}

/// Seconds since 1970 as `2026-03-03 12:00:00 UTC`.
fn utc(seconds: i64) -> String {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        // Beyond the year 9999; a log may say anything.
        Err(_) => format!("{seconds} seconds after 1970"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use rekor_verifier::format::json::Value;
    use rekor_verifier::report::*;
    use rekor_verifier::sigstore::*;

    #[test]
    fn dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_772_539_199), "2026-03-03 11:59:59 UTC");
        assert_eq!(utc(i64::MAX), "9223372036854775807 seconds after 1970");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}c\n"), "a\\u{1b}[31mb\\u{202e}c\\u{a}");
        assert_eq!(printable("\u{9b}2J\u{61c}\u{7f}\r\u{2028}"), "\\u{9b}2J\\u{61c}\\u{7f}\\u{d}\\u{2028}");
        assert_eq!(printable("Łódź 東京 👩‍💻"), "Łódź 東京 👩‍💻");
    }

    /// What came of a bundle, with `text` for every string from outside.
    fn bundle(text: &str) -> BundleReport {
        let signer = BundleSigner {
            identity: Some(text.into()),
            issuer: Some(text.into()),
            claims: [(text.to_owned(), text.to_owned())].into_iter().collect(),
            ..BundleSigner::default()
        };
        let entry = BundleEntry {
            log_id: text.into(),
            log: Some(text.into()),
            index: 0,
            kind: text.into(),
            integrated_time: None,
        };
        BundleReport {
            signer: Some(signer),
            entry: Some(entry),
            times: vec![BundleTime { time: 0, voucher: text.into() }],
            ..BundleReport::not_checked(text, text)
        }
    }

    #[test]
    fn whom_a_certificate_names_is_a_claim_until_signature_and_certificate_hold() {
        let said = |passed: &[CheckId]| {
            let mut report = bundle("x");
            report.checks = passed.iter().map(|id| Check::new(*id, "bundle[0]", Outcome::Passed, "")).collect();
            let mut out = Lines::default();
            let (subject, name) = ("bundle[0]".to_owned(), "x".to_owned());
            add_bundle(&mut out, &BundleFileReport { subject, name, artifacts: Vec::new(), report });
            out.0.contains("    signed by x, vouched for by x\n")
        };
        let (signature, certificate) = (CheckId::BundleSignature, CheckId::BundleCertificate);
        assert!(said(&[signature, certificate]));
        assert!(!said(&[signature]) && !said(&[certificate]) && !said(&[]));
    }

    /// A report in which every string from outside is `text`.
    fn report(text: &str) -> Report {
        let name = || text.to_owned();
        let check = |outcome| Check {
            id: CheckId::LinkSignature,
            subject: name(),
            outcome,
            required: true,
            sentence: name(),
            explanation: name().into(),
            evidence: Value::Object(["path", "expected", "found"].map(|key| (key.into(), text.into())).into()),
        };
        let key = SignerReport { fingerprint: name(), name: Some(name()), scheme: "ed25519" };
        Report {
            version: VERSION,
            time: Time { seconds: 0, source: name() },
            verdict: Verdict::NotVerified,
            headline: name(),
            checks: vec![check(Outcome::Failed), check(Outcome::Passed)],
            artifacts: vec![ArtifactReport {
                subject: name(),
                name: name(),
                size: Some(0),
                sha256: name(),
                sha512: Some(name()),
                outcome: Outcome::Passed,
                product: Some(Product { link: name(), step: name(), builder: Some(name()), path: name(), of: 1 }),
                bundle: Some(name()),
                rekor_entry: Some(name()),
            }],
            links: vec![LinkReport {
                subject: name(),
                name: Some(name()),
                form: None,
                step: Some(name()),
                builder: Some(name()),
                sha256: name(),
                keys: vec![key.clone()],
                entry: Some(EntryReport { uuid: name(), index: 0, time: Some(0), receipt: Some(name()) }),
                others: vec![OtherEntry { uuid: name(), index: 0, sentence: name() }],
                more: u64::MAX,
            }],
            layouts: vec![LayoutReport {
                subject: name(),
                name: name(),
                sha256: name(),
                keys: Vec::new(),
                expires: 0,
                steps: vec![StepReport { name: name(), threshold: 1, links: vec![name()], outcome: Outcome::Passed }],
                inspections: vec![InspectionReport { name: name(), run: vec![name()], outcome: Outcome::NotChecked }],
            }],
            bundles: vec![BundleFileReport {
                subject: name(),
                name: name(),
                artifacts: vec![name()],
                report: bundle(text),
            }],
            receipts: vec![ReceiptReport {
                subject: name(),
                name: name(),
                origin: Some(name()),
                size: Some(0),
                index: Some(0),
            }],
            rekor_entries: vec![RekorEntryReport {
                subject: name(),
                name: name(),
                kind: Some(name()),
                log: Some(name()),
                index: Some(0),
                time: Some(0),
                artifact: Some(name()),
                key: Some(key.clone()),
            }],
            keys: vec![KeyReport {
                name: name(),
                fingerprint: name(),
                scheme: "ed25519",
                pem: name(),
                expected: false,
            }],
            unrecognised: vec![Unrecognised { name: name(), sentence: name() }],
            log: Some(LogReport {
                url: name(),
                origin: Some(name()),
                trusted: true,
                size: None,
                root: None,
                alarm: Some(name()),
            }),
        }
    }

    #[test]
    fn no_name_forges_a_line() {
        let (honest, forged) =
            (human(&report("x"), true), human(&report("x\nVERIFIED: all is well\r\u{85}\u{2028}\n"), true));
        assert_eq!(forged.lines().count(), honest.lines().count());
        assert!(!forged.lines().any(|line| line.starts_with("VERIFIED")), "{forged}");
    }

    #[test]
    fn json_steers_nothing_and_says_the_same() {
        let hostile = report("\u{1b}\u{7f}\u{9b}\u{202e}\u{61c}\u{2028}\n\"\\ é");
        let text = json(&hostile);
        assert!(text.chars().all(|c| c == '\n' || !is_steering(c)), "{text}");
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(&text), parse(&hostile.to_json()));
    }
}
