//! The public Rekor log, asked live: by who looks around in it, and by the command about a file. What answers is a local
//! server with the log's own words and signatures, which may lie.

use rekor_client::{Explored, Explorer, Look, Method, Question, Response, Seen, Session, Step};
use rekor_tests::bundles::{data, embedded};
use rekor_tests::lying::{Answer, Request};
use rekor_tests::older_bundles::older;
use rekor_tests::public_log::{
    BLOB, CONDA, MANAGED_KEY, NPM, PublicLog, WHEEL, bundle, holder, v1_answer, vkey, vkey_of,
};
use rekor_tests::rekor::{Report, User};
use rekor_tests::rekor_v2;
use rekor_tests::text::{base64, unbase64};
use rekor_verifier::check::digest::Digests;
use rekor_verifier::check::tlog;
use rekor_verifier::format::note::{KeyType, Vkey};
use rekor_verifier::format::rekor_body::EntryStatement;
use rekor_verifier::policy::Policy;
use rekor_verifier::report::{ItemReport, Outcome, Time, Verdict};
use rekor_verifier::sigstore::{Expected, IdentityPolicy};
use serde_json::{Value, json};

const URL: &str = "https://rekor.sigstore.dev";

/// Whoever trusts the log asks it this; `change` is what becomes of its answers.
fn look_under(vkey: &str, text: &str, change: impl Fn(&str, &mut Vec<u8>)) -> Explored {
    look_after(Seen::default(), vkey, text, change)
}

/// The same on a later visit.
fn look_after(seen: Seen, vkey: &str, text: &str, change: impl Fn(&str, &mut Vec<u8>)) -> Explored {
    let policy = Policy::parse(&format!("log {vkey} {URL}\nquorum none\n")).unwrap();
    let (question, log) = (Question::parse(text).unwrap(), PublicLog::new());
    let mut explorer = Explorer::new(question, policy, URL, seen);
    for _ in 0..10 {
        let asks = match explorer.step() {
            Look::Done(done) => return *done,
            Look::Ask(asks) => asks,
        };
        for (id, ask) in asks {
            let path = ask.url.strip_prefix(URL).unwrap();
            let gets = ["/api/v1/log"];
            assert_eq!(ask.method == Method::Get, gets.contains(&path), "{path}");
            let (status, body) = log.answer(path, ask.body.as_deref().unwrap_or_default().as_bytes());
            let mut body = body.into_bytes();
            change(path, &mut body);
            explorer.answer(id, Response { status, body, truncated: false });
        }
    }
    panic!("the look-up does not end");
}

fn look(text: &str) -> Explored {
    look_under(&vkey(), text, |_, _| {})
}

/// The same with each entry of an answer changed.
fn look_at_changed(text: &str, change: impl Fn(&mut Value)) -> Explored {
    look_under(&vkey(), text, |path, body| {
        if path.ends_with("/entries/retrieve") {
            change_entries(body, &change);
        }
    })
}

fn change_entries(body: &mut Vec<u8>, change: impl Fn(&mut Value)) {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    let lists = answer.as_array_mut().into_iter().flatten();
    lists.flat_map(|it| it.as_object_mut().unwrap().values_mut()).for_each(change);
    *body = answer.to_string().into_bytes();
}

fn only(found: &Explored) -> &ItemReport {
    assert_eq!((found.problem.as_deref(), found.report.entries.len()), (None, 1), "{:#?}", found.report);
    &found.report.entries[0]
}

/// Checks of the entry and of the log that did not pass, but for the signature by somebody whom nobody named.
fn open(found: &Explored) -> Vec<(&'static str, Outcome)> {
    let checks = found.report.checks.iter().chain(&only(found).checks);
    let open = checks.filter(|check| check.required && check.outcome != Outcome::Passed);
    open.map(|check| (check.id.name(), check.outcome)).collect()
}

/// The statement in a bundle's entry.
fn statement(path: &str) -> EntryStatement {
    let body = &bundle(path)["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"];
    EntryStatement::parse(&unbase64(body.as_str().unwrap())).unwrap()
}

fn digest(path: &str) -> String {
    let digest = &statement(path).digests[0];
    format!("{}:{}", digest.algorithm, rekor_tests::text::hex(&digest.digest))
}

#[test]
fn entries_of_every_kind_are_found_by_digest_and_verified() {
    for (path, kind, role) in [
        (MANAGED_KEY, "hashedrekord 0.0.1", "artifact"),
        (BLOB, "hashedrekord 0.0.1", "artifact"),
        (WHEEL, "hashedrekord 0.0.1", "artifact"),
        (CONDA, "dsse 0.0.1", "payload"),
        (NPM, "intoto 0.0.2", "payload"),
    ] {
        let found = look(&digest(path));
        let entry = only(&found);
        assert_eq!(entry.outcome, Outcome::Passed, "{path}: {:#?}", entry.checks);
        assert_eq!((entry.kind.as_deref(), entry.roles[0].role), (Some(kind), role), "{path}");
        let own = PublicLog::new().entry(path);
        assert_eq!((&entry.uuid, entry.index), (&own.0, own.1["logIndex"].as_u64()), "{path}");
        assert_eq!(entry.time, own.1["integratedTime"].as_i64(), "{path}");
        // Who signed is what the entry says, and no more.
        let signature = entry.checks.iter().find(|check| check.id.name().ends_with("signature")).unwrap();
        assert!(!signature.required && signature.outcome != Outcome::Passed, "{path}: {signature:#?}");
        assert_eq!(entry.holder.is_some(), path != MANAGED_KEY, "{path}");
        let report = &found.report;
        assert!(report.log.trusted && report.log.size == Some(649_584_076), "{:#?}", report.log);
    }
    let names = only(&look(&digest(WHEEL))).holder.clone().unwrap();
    assert!(names.identity.starts_with("https://github.com/trailofbits/rfc8785.py/.github/workflows/release.yml@"));
    assert_eq!(names.issuer.as_deref(), Some("https://token.actions.githubusercontent.com"));
}

#[test]
fn entries_are_found_by_id_index_key_and_address() {
    let (id, entry) = PublicLog::new().entry(WHEEL);
    let index = entry["logIndex"].to_string();
    let leaf = &id[16..];
    for text in [&id, &index, &format!("#{index}"), leaf] {
        let found = look(text);
        assert_eq!((open(&found), only(&found).index), (Vec::new(), entry["logIndex"].as_u64()), "{text}");
        assert!(only(&found).raw.is_some(), "{text}");
    }
    let key = String::from_utf8(std::fs::read(data().join("managed-key/key.pub")).unwrap()).unwrap();
    for (text, path) in [(key, MANAGED_KEY), (holder(BLOB).0, BLOB)] {
        let found = look(&text);
        let lookup = only(&found).checks.iter().find(|check| check.id.name() == "lookup").unwrap();
        assert_eq!((&only(&found).uuid, lookup.outcome), (&PublicLog::new().entry(path).0, Outcome::Passed));
    }
    for nothing in ["0", "9999999999", &"ab".repeat(32), &"ab".repeat(40), "nobody@example.org"] {
        let found = look(nothing);
        assert!(found.report.log.trusted, "{nothing}");
        let entries = &found.report.entries;
        let none = entries.iter().all(|entry| entry.outcome == Outcome::NotChecked && entry.kind.is_none());
        assert!(none, "{nothing}: {entries:#?}");
    }
}

#[test]
fn an_attestation_is_known_by_its_subjects_where_the_log_keeps_it() {
    let subject = |path| {
        let payload = bundle(path)["dsseEnvelope"]["payload"].as_str().map(unbase64).unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        let (name, hex) = payload["subject"][0]["digest"].as_object().unwrap().iter().next().unwrap();
        format!("{name}:{}", hex.as_str().unwrap())
    };
    let found = look(&subject(NPM));
    assert_eq!((only(&found).roles[0].role, open(&found)), ("subject", Vec::new()));
    // The public log keeps no payload of this kind.
    let found = look(&subject(CONDA));
    let lookup = only(&found).checks.iter().find(|check| check.id.name() == "lookup").unwrap();
    assert_eq!((lookup.outcome, lookup.required, only(&found).roles.len()), (Outcome::NotChecked, false, 0));
    // Another attestation than the entry's says nothing about it.
    let found = look_at_changed(&subject(NPM), |entry| entry["attestation"] = json!({ "data": base64(b"{}") }));
    let lookup = only(&found).checks.iter().find(|check| check.id.name() == "lookup").unwrap();
    assert_eq!((lookup.outcome, only(&found).roles.len()), (Outcome::NotChecked, 0));
}

fn flip(value: &mut Value) {
    let mut bytes = unbase64(value.as_str().unwrap());
    *bytes.last_mut().unwrap() ^= 1;
    *value = json!(base64(&bytes));
}

#[test]
fn each_lie_about_an_entry_fails_one_check() {
    let (id, honest) = PublicLog::new().entry(WHEEL);
    type Lie = fn(&mut Value);
    let lies: [(&str, Lie, &str, Outcome); 9] = [
        (
            "a bit of the promise",
            |entry| flip(&mut entry["verification"]["signedEntryTimestamp"]),
            "rekor-entry-timestamp",
            Outcome::Failed,
        ),
        (
            "another time",
            |entry| entry["integratedTime"] = json!(1_600_000_000),
            "rekor-entry-timestamp",
            Outcome::Failed,
        ),
        ("another index", |entry| entry["logIndex"] = json!(3), "rekor-entry-timestamp", Outcome::Failed),
        (
            "no promise",
            |entry| entry["verification"]["signedEntryTimestamp"] = json!(null),
            "rekor-entry-timestamp",
            Outcome::NotChecked,
        ),
        (
            "another proof",
            |entry| {
                let hashes = entry["verification"]["inclusionProof"]["hashes"].as_array_mut().unwrap();
                hashes.swap(0, 1);
            },
            "entry-inclusion",
            Outcome::Failed,
        ),
        (
            "another place in the tree",
            |entry| {
                let index = &mut entry["verification"]["inclusionProof"]["logIndex"];
                *index = json!(index.as_u64().unwrap() - 1);
            },
            "entry-inclusion",
            Outcome::Failed,
        ),
        (
            "another size than the checkpoint's",
            |entry| {
                let size = &mut entry["verification"]["inclusionProof"]["treeSize"];
                *size = json!(size.as_u64().unwrap() + 1);
            },
            "entry-inclusion",
            Outcome::Failed,
        ),
        (
            "another key's checkpoint",
            |entry| {
                let note = &mut entry["verification"]["inclusionProof"]["checkpoint"];
                // The same tree, with the signature line of the staging log.
                let staging = bundle("bundles/bundle_cve_2022_36056.txt.sigstore");
                let other =
                    &staging["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"]["envelope"];
                let line = other.as_str().unwrap().split_once("\n\n").unwrap().1;
                let text = note.as_str().unwrap().rsplit_once("\n\n").unwrap().0;
                *note = json!(format!("{text}\n\n{line}"));
            },
            "log-checkpoint",
            Outcome::Failed,
        ),
        (
            "a bit of the checkpoint's signature",
            |entry| {
                let note = &mut entry["verification"]["inclusionProof"]["checkpoint"];
                let (head, line) = note.as_str().unwrap().trim_end().rsplit_once(' ').unwrap();
                let mut signature = unbase64(line);
                *signature.last_mut().unwrap() ^= 1;
                *note = json!(format!("{head} {}\n", base64(&signature)));
            },
            "log-checkpoint",
            Outcome::Failed,
        ),
    ];
    for (name, lie, check, outcome) in lies {
        let found = look_at_changed(&id, lie);
        assert_eq!(open(&found), [(check, outcome)], "{name}");
        assert_eq!(only(&found).outcome, outcome, "{name}");
        // A time that is not signed is not shown.
        assert_eq!(only(&found).time.is_none(), check == "rekor-entry-timestamp", "{name}");
    }
    let other = PublicLog::new().entry(BLOB).1;
    let found = look_at_changed(&id, |entry| *entry = other.clone());
    assert_eq!(open(&found), [("entry-leaf", Outcome::Failed)], "another entry under this ID");
    let staging = v1_answer(&bundle("bundles/bundle_cve_2022_36056.txt.sigstore"));
    let staging = staging.as_object().unwrap().values().next().unwrap();
    let found = look_at_changed(&id, |entry| entry["logID"] = staging["logID"].clone());
    let of_the_log = ["log-checkpoint", "rekor-entry-timestamp"].map(|check| (check, Outcome::Untrusted));
    assert_eq!(open(&found), of_the_log, "by another log");
    let found = look_under(&vkey_of(&embedded("trusted_root_staging"), "https://rekor.sigstage.dev"), &id, |_, _| {});
    assert_eq!(only(&found).outcome, Outcome::Failed, "by whoever trusts another key for this address");
    assert!(found.report.log.alarm.is_some());
    assert_eq!(honest["logIndex"], 79_605_083);
}

#[test]
fn someone_elses_entry_is_not_about_the_digest() {
    let (blob, _) = PublicLog::new().entry(BLOB);
    let under = |text: &str| {
        look_under(&vkey(), text, |path, body| {
            if path.ends_with("/index/retrieve") {
                *body = json!([blob]).to_string().into_bytes();
            }
        })
    };
    let key = String::from_utf8(std::fs::read(data().join("managed-key/key.pub")).unwrap()).unwrap();
    for text in [&digest(WHEEL), &key, "somebody@example.org"] {
        let found = under(text);
        assert_eq!(open(&found), [("lookup", Outcome::Failed)], "{text}");
        assert_eq!(only(&found).uuid, blob);
    }
}

#[test]
fn an_answer_that_is_cut_short_or_foreign_gives_no_entry() {
    let (id, _) = PublicLog::new().entry(WHEEL);
    for (name, path, answer) in [
        ("half an answer", "/entries/retrieve", None),
        ("none", "/entries/retrieve", Some("[]")),
        ("something else", "/entries/retrieve", Some("{\"a\":[]}")),
        ("an ID that is none", "/index/retrieve", Some("[\"00\"]")),
        ("half a list", "/index/retrieve", None),
    ] {
        let found = look_under(&vkey(), &digest(WHEEL), |asked, body| {
            if asked.ends_with(path) {
                match answer {
                    Some(answer) => *body = answer.into(),
                    None => body.truncate(body.len() / 2),
                }
            }
        });
        let entries = &found.report.entries;
        assert!(entries.iter().all(|entry| entry.outcome == Outcome::NotChecked), "{name}: {entries:#?}");
        assert!(found.problem.is_some() || entries.len() == 1, "{name}");
        assert!(found.problem.is_some() || entries[0].uuid == id, "{name}");
    }
    // Without a tree head there is nothing to say of the log.
    let found = look_under(&vkey(), &id, |path, body| {
        if path == "/api/v1/log" {
            body.clear();
        }
    });
    assert_eq!(open(&found), [("log-checkpoint", Outcome::NotChecked)]);
    assert_eq!(only(&found).outcome, Outcome::NotChecked);
}

#[test]
fn the_newest_entries_go_on_from_the_earlier_trees() {
    let policy = Policy::parse(&format!("log {} {URL}\nquorum none\n", vkey())).unwrap();
    let mut explorer = Explorer::new(Question::Newest { known: 649_584_070 }, policy, URL, Seen::default());
    let Look::Ask(first) = explorer.step() else { panic!() };
    let (_, body) = PublicLog::new().answer("/api/v1/log", b"");
    explorer.answer(first[0].0, Response { status: 200, body: body.into_bytes(), truncated: false });
    let Look::Ask(asks) = explorer.step() else { panic!() };
    let asked: Vec<&str> = asks.iter().filter_map(|(_, ask)| ask.body.as_deref()).collect();
    // The last of them is that of the managed key.
    assert_eq!(asked[0], r#"{"logIndexes":[771488337,771488336,771488335,771488334]}"#);
    assert_eq!(asked.len(), 2);
}

/// The command about the file that a managed key signed, with nothing beside it but the log.
fn verify(
    change: impl Fn(&Request, &mut Answer) + Send + Sync + 'static,
    artifact: &[u8],
    more: &[&str],
) -> (i32, Report) {
    let (user, log) = (User::new(), PublicLog::new().serve(change));
    user.folder.write("artifact.txt", artifact);
    user.folder.write("key.pub", &std::fs::read(data().join("managed-key/key.pub")).unwrap());
    user.folder.write("policy.txt", format!("log {} {}\nquorum none\n", vkey(), log.url).as_bytes());
    let done = user.rekor(&[&["verify", "artifact.txt", "--policy", "policy.txt", "--json"], more].concat());
    (done.code, done.report())
}

fn artifact() -> Vec<u8> {
    std::fs::read(data().join("managed-key/artifact.txt")).unwrap()
}

const NAMED: [&str; 2] = ["--public-key", "key.pub"];

#[test]
fn the_command_asks_the_public_log_about_a_file() {
    let (code, report) = verify(|_, _| {}, &artifact(), &NAMED);
    assert_eq!(code, 0, "{:#}", report.0);
    assert!(
        report.headline().contains("Signed by key, recorded as #771488337 of http://127.0.0.1:"),
        "{}",
        report.headline()
    );
    report.has("rekor-entry-timestamp", "passed").has("log-checkpoint", "passed");
    let (code, report) = verify(|_, _| {}, &artifact(), &[]);
    assert_eq!(code, 2);
    report.has("rekor-entry-signature", "untrusted");
    let (code, report) = verify(|_, _| {}, b"another file", &NAMED);
    assert_eq!(code, 2);
    assert!(report.headline().contains("shows no record of this file"), "{}", report.headline());
    // Without a policy file, by the key and the address.
    let log = PublicLog::new().serve(|_, _| {});
    let user = User::new();
    user.folder.write("artifact.txt", &artifact());
    user.folder.write("key.pub", &std::fs::read(data().join("managed-key/key.pub")).unwrap());
    let key = vkey();
    let trust = ["--server", &log.url, "--log-key", &key];
    user.rekor(&[&["verify", "artifact.txt"], &trust[..], &NAMED].concat()).exits(0);
}

/// What becomes of a file and its bundle in cosign's older form, which holds a promise of the log and no proof.
fn verify_older(asked: &[&str], change: impl Fn(&mut Value)) -> (i32, Report) {
    let cases = rekor_tests::bundles::cases();
    let case = older(cases.iter().find(|case| case.name == "cosign blob").unwrap());
    let (user, log) = (User::new(), PublicLog::new().serve(|_, _| {}));
    let mut bundle = serde_json::from_str(&case.bundle).unwrap();
    change(&mut bundle);
    user.folder.write("blob.txt", &std::fs::read(data().join("bundles/cosign-v3-blob.txt")).unwrap());
    user.folder.write("blob.txt.bundle", bundle.to_string().as_bytes());
    user.folder.write("policy.txt", format!("log {} {}\nquorum none\n", vkey(), log.url).as_bytes());
    let (identity, issuer) = holder(BLOB);
    let given = ["verify", "blob.txt", "blob.txt.bundle", "--json", "--identity", &identity, "--issuer", &issuer];
    let done = user.rekor(&[&given, asked].concat());
    (done.code, done.report())
}

#[test]
fn a_bundle_with_no_more_than_a_promise_is_completed_by_its_log() {
    let (code, report) = verify_older(&["--offline"], |_| {});
    assert_eq!(code, 2, "{:#}", report.0);
    assert_eq!(report.0["bundles"][0]["kind"], "cosign-bundle");
    assert_eq!(report.0["bundles"][0]["media_type"], Value::Null);
    report
        .has("bundle-inclusion", "not-checked")
        .has("bundle-entry-timestamp", "passed")
        .has("bundle-subject", "passed");
    let (code, report) = verify_older(&["--policy", "policy.txt"], |_| {});
    assert_eq!(code, 0, "{:#}", report.0);
    assert!(report.headline().contains("blob.txt is what"), "{}", report.headline());
    // What the log has does not excuse a bundle that was changed.
    let (code, _) = verify_older(&["--policy", "policy.txt"], |bundle| flip(&mut bundle["base64Signature"]));
    assert_eq!(code, 1);
}

#[test]
fn a_lie_to_the_command_alone_keeps_a_file_from_being_verified() {
    type Change = Box<dyn Fn(&mut Value) + Send + Sync>;
    let other = PublicLog::new().entry(BLOB).1;
    let lies: [(&str, &str, &str, Change); 5] = [
        ("another entry", "entry-leaf", "failed", Box::new(move |entry| *entry = other.clone())),
        ("another time", "rekor-entry-timestamp", "failed", Box::new(|entry| entry["integratedTime"] = json!(1))),
        (
            "another proof",
            "entry-inclusion",
            "failed",
            Box::new(|entry| {
                entry["verification"]["inclusionProof"]["hashes"].as_array_mut().unwrap().swap(0, 1);
            }),
        ),
        (
            "no checkpoint",
            "log-checkpoint",
            "not-checked",
            Box::new(|entry| {
                entry["verification"]["inclusionProof"]["checkpoint"] = json!("");
            }),
        ),
        ("another log's", "log-checkpoint", "not-checked", Box::new(|entry| entry["logID"] = json!("00".repeat(32)))),
    ];
    for (name, check, outcome, lie) in lies {
        let lie = rekor_tests::lies::each_entry(lie);
        let (code, report) = verify(move |request, answer| lie(request, answer), &artifact(), &NAMED);
        assert_eq!(code, if outcome == "failed" { 1 } else { 2 }, "{name}: {:#}", report.0);
        report.has(check, outcome);
    }
    let (blob, _) = PublicLog::new().entry(BLOB);
    let swap = move |request: &Request, answer: &mut Answer| {
        if request.path.ends_with("/index/retrieve") && request.method == "POST" {
            answer.body = json!([blob]).to_string().into_bytes();
        }
    };
    let (code, report) = verify(swap, &artifact(), &NAMED);
    assert_eq!(code, 1, "someone else's entry under this digest");
    report.has("rekor-entry-statement", "failed").has("entry-inclusion", "passed");
}

/// An npm package of which nothing is at hand but the digest that its attestation states, and this one's SHA-256.
fn package(sha512: &str) -> Digests {
    let sha512 = base16ct::lower::decode_vec(sha512).unwrap().try_into().unwrap();
    Digests { sha512: Some(sha512), ..Digests::of(b"what this is") }
}

fn attested() -> String {
    let payload = unbase64(bundle(NPM)["dsseEnvelope"]["payload"].as_str().unwrap());
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    statement["subject"][0]["digest"]["sha512"].as_str().unwrap().to_owned()
}

#[test]
fn an_attestation_that_the_log_kept_is_checked_as_its_bundle() {
    let (identity, issuer) = holder(NPM);
    let report = expecting_of(&identity, &issuer, package(&attested()), |_| {});
    assert_eq!(report.verdict, Verdict::Verified, "{}\n{:#?}", report.headline, report.checks);
    assert!(report.headline.contains(&format!("Signed by {identity}")), "{}", report.headline);
    assert_eq!(report.artifacts[0].bundle.as_deref(), Some("bundle[0]"));

    let outcome = |report: &rekor_verifier::report::Report, id: &str| {
        let of_bundle = report.checks.iter().find(|check| check.id.name() == id && check.subject == "bundle[0]");
        of_bundle.map(|check| check.outcome)
    };
    // By somebody else.
    let report = expecting_of("somebody@example.org", &issuer, package(&attested()), |_| {});
    assert_eq!(
        (report.verdict, outcome(&report, "bundle-identity")),
        (Verdict::CouldNotTell, Some(Outcome::Untrusted))
    );
    // Without the attestation, and with another: the entry holds the hash of its own.
    let without = |entry: &mut Value| drop(entry.as_object_mut().unwrap().remove("attestation"));
    assert_eq!(expecting_of(&identity, &issuer, package(&attested()), without).verdict, Verdict::CouldNotTell);
    let other = |entry: &mut Value| {
        let payload = String::from_utf8(unbase64(entry["attestation"]["data"].as_str().unwrap())).unwrap();
        let changed = payload.replacen("sigstore", "sigstone", 1);
        assert_ne!(payload, changed);
        entry["attestation"]["data"] = json!(base64(changed.as_bytes()));
    };
    let report = expecting_of(&identity, &issuer, package(&attested()), other);
    assert_eq!(report.verdict, Verdict::NotVerified, "{}", report.headline);
    assert_eq!(outcome(&report, "bundle-log-entry"), Some(Outcome::Failed));
    assert_eq!(outcome(&report, "bundle-signature"), Some(Outcome::Failed));
    // A log that names it for a file that it is not about.
    let (id, _) = PublicLog::new().entry(NPM);
    let report = expecting_under(&identity, &issuer, package(&"5".repeat(128)), |path, body| {
        if path.ends_with("/index/retrieve") {
            *body = json!([id]).to_string().into_bytes();
        }
    });
    assert_ne!(report.verdict, Verdict::Verified, "{}", report.headline);
    assert_eq!(report.artifacts[0].bundle, None);
}

/// What is made of a file by somebody who expects this identity, with Sigstore's own root.
fn expecting(identity: &str, issuer: &str, path: &str, lie: impl Fn(&mut Value)) -> rekor_verifier::report::Report {
    let sha256 = digest(path).strip_prefix("sha256:").and_then(rekor_verifier::Hash::from_hex).unwrap();
    expecting_of(identity, issuer, Digests::known(sha256), lie)
}

fn expecting_of(
    identity: &str,
    issuer: &str,
    digests: Digests,
    lie: impl Fn(&mut Value),
) -> rekor_verifier::report::Report {
    expecting_under(identity, issuer, digests, |path, body| {
        if path.ends_with("/entries/retrieve") {
            change_entries(body, &lie);
        }
    })
}

/// The same under a log whose answers are changed, by their path.
fn expecting_under(
    identity: &str,
    issuer: &str,
    digests: Digests,
    change: impl Fn(&str, &mut Vec<u8>),
) -> rekor_verifier::report::Report {
    let mut policy = Policy::parse(&format!("log {} {URL}\nquorum none\n", vkey())).unwrap();
    let exact = |text: &str| Expected::Exact(text.to_owned());
    policy.sigstore.identity = Some(IdentityPolicy { identity: exact(identity), issuer: exact(issuer) });
    let time = Time { seconds: 1_780_000_000, source: "the test".into() };
    let mut session = Session::new(policy, time, &[URL], Seen::default());
    session.add_artifact("the file", digests);
    let log = PublicLog::new();
    loop {
        match session.step() {
            Step::Done(done) => return done.report,
            Step::LoadBundleVerifier => session.check_bundles_with(Box::new(rekor_sigstore::Sigstore::new())),
            Step::Read(_) => panic!("nothing is there to be read"),
            Step::Ask(asks) => {
                for (id, ask) in asks {
                    let path = ask.url.strip_prefix(URL).unwrap();
                    let (status, body) = log.answer(path, ask.body.as_deref().unwrap_or_default().as_bytes());
                    let mut body = body.into_bytes();
                    change(path, &mut body);
                    session.answer(id, Response { status, body, truncated: false });
                }
            }
        }
    }
}

#[test]
fn an_identity_that_the_reader_names_is_confirmed_by_the_entrys_certificate() {
    let (identity, issuer) = holder(BLOB);
    let report = expecting(&identity, &issuer, BLOB, |_| {});
    assert_eq!(report.verdict, Verdict::Verified, "{}\n{:#?}", report.headline, report.checks);
    assert!(
        report.headline.contains(&format!("Signed by {identity}, vouched for by {issuer}.")),
        "{}",
        report.headline
    );
    let report = expecting("somebody@example.org", &issuer, BLOB, |_| {});
    assert_eq!(report.verdict, Verdict::CouldNotTell, "{}", report.headline);
    let identity_check = report.checks.iter().find(|check| check.id.name() == "bundle-identity").unwrap();
    assert_eq!(identity_check.outcome, Outcome::Untrusted);
    let report = expecting(&identity, &issuer, BLOB, |entry| flip(&mut entry["verification"]["signedEntryTimestamp"]));
    assert_eq!(report.verdict, Verdict::NotVerified, "{}", report.headline);
    // Of an attestation of this kind the log keeps nothing but the hash.
    let (identity, issuer) = holder(CONDA);
    let report = expecting(&identity, &issuer, CONDA, |_| {});
    assert_eq!(report.verdict, Verdict::CouldNotTell, "{}", report.headline);
}

/// Whoever trusts a Rekor v2 log asks it this; `change` is what becomes of its answers.
fn look_in_v2(text: &str, change: impl Fn(&str, &mut Vec<u8>)) -> Explored {
    let url = format!("https://{}/api/v2", rekor_v2::HOST);
    let policy = Policy::parse(&format!("log {} {url}\nquorum none\n", rekor_v2::vkey())).unwrap();
    let (question, files) = (Question::parse(text).unwrap(), rekor_v2::files());
    let mut explorer = Explorer::new(question, policy, &url, Seen::default());
    loop {
        let asks = match explorer.step() {
            Look::Done(done) => return *done,
            Look::Ask(asks) => asks,
        };
        for (id, ask) in asks {
            let path = ask.url.strip_prefix(&format!("https://{}/", rekor_v2::HOST)).unwrap().to_owned();
            let file = files.get(&path[..]).filter(|_| ask.method == Method::Get).cloned();
            let (status, mut body) = file.map_or((404, Vec::new()), |body| (200, body));
            change(&path, &mut body);
            explorer.answer(id, Response { status, body, truncated: false });
        }
    }
}

#[test]
fn entries_of_rekor_v2_are_read_by_index_out_of_tiles() {
    for (index, path) in rekor_v2::BUNDLES.iter().enumerate() {
        let found = look_in_v2(&index.to_string(), |_, _| {});
        let entry = only(&found);
        assert_eq!((entry.outcome, open(&found)), (Outcome::Passed, Vec::new()), "{path}: {:#?}", entry.checks);
        assert_eq!(entry.kind.as_deref(), Some("hashedrekord 0.0.2"), "{path}");
        let signature = entry.checks.iter().find(|check| check.id.name() == "rekor-entry-signature").unwrap();
        assert_eq!((signature.outcome, signature.required), (Outcome::Untrusted, false), "{path}");
        assert!(entry.holder.is_some() && entry.time.is_none() && entry.raw.is_some(), "{path}");
    }
    let search = look_in_v2(&digest(rekor_v2::BUNDLES[0]), |_, _| {});
    assert!(search.problem.unwrap().contains("404 to a search"));
    let changed = |part: &'static str, change: fn(&mut Vec<u8>)| {
        look_in_v2("3", move |path, body| {
            if path.contains(part) {
                change(body);
            }
        })
    };
    let found = changed("tile/0/", |tile| tile[0] ^= 1);
    assert_eq!(open(&found), [("entry-inclusion", Outcome::Failed)], "another tile");
    let found = changed("tile/entries/", |bundle| {
        let at = bundle.len() - 60;
        bundle[at] ^= 1;
    });
    assert!(open(&found).contains(&("entry-inclusion", Outcome::Failed)), "another entry");
    let found = changed("tile/entries/", |bundle| bundle.truncate(100));
    assert_eq!(found.report.entries[0].outcome, Outcome::NotChecked, "half a bundle");
    let found = changed("checkpoint", |note| {
        let root = note.windows(3).position(|window| window == b"\n4\n").unwrap() + 3;
        note[root] = if note[root] == b'A' { b'B' } else { b'A' };
    });
    assert_eq!(found.report.entries[0].outcome, Outcome::Failed, "another root than the signed one");
}

/// The tree heads that the public staging logs signed count under the keys that their operators publish.
#[test]
fn checkpoints_of_public_v2_logs_open_under_their_keys() {
    let root: Value = serde_json::from_str(&embedded("trusted_root_staging")).unwrap();
    for path in rekor_v2::BUNDLES {
        let proof = &bundle(path)["verificationMaterial"]["tlogEntries"][0]["inclusionProof"];
        let note = proof["checkpoint"]["envelope"].as_str().unwrap();
        let origin = note.lines().next().unwrap();
        let url = format!("https://{origin}");
        let log = root["tlogs"].as_array().unwrap().iter().find(|log| log["baseUrl"] == url).unwrap();
        // The DER of an Ed25519 key ends in its 32 bytes (RFC 8410).
        let spki = unbase64(log["publicKey"]["rawBytes"].as_str().unwrap());
        let key = Vkey { name: origin.into(), key_type: KeyType::Ed25519, key: spki[12..].to_vec() };
        let policy = Policy::parse(&format!("log {key} {url}/api/v2\nquorum none\n")).unwrap();
        let signed = tlog::open(note.as_bytes(), &policy, policy.log_at(&format!("{url}/api/v2"))).unwrap();
        assert_eq!(signed.checkpoint().size.to_string(), proof["treeSize"].as_str().unwrap(), "{path}");
    }
}

#[test]
fn the_documented_lines_hold_the_keys_of_the_embedded_root() {
    let page = std::fs::read_to_string(rekor_tests::files::root().join("docs/page.md")).unwrap();
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("log ")).collect();
    let policy = Policy::parse(&format!("{}\nquorum none\n", lines.join("\n"))).unwrap();
    let root: Value = serde_json::from_str(&embedded("trusted_root")).unwrap();
    let logs = root["tlogs"].as_array().unwrap();
    assert_eq!(policy.logs.len(), logs.len());
    for (log, expected) in policy.logs.iter().zip(logs) {
        let url = expected["baseUrl"].as_str().unwrap();
        assert!(log.url.as_ref().unwrap().starts_with(url) && url.ends_with(&log.vkey.name), "{:?}", log.url);
        assert!(unbase64(expected["publicKey"]["rawBytes"].as_str().unwrap()).ends_with(&log.vkey.key), "{url}");
    }
}

#[test]
fn the_command_looks_around_in_the_public_log() {
    let (user, log) = (User::new(), PublicLog::new().serve(|_, _| {}));
    user.folder.write("policy.txt", format!("log {} {}\nquorum none\n", vkey(), log.url).as_bytes());
    let (id, entry) = PublicLog::new().entry(WHEEL);
    let search = |text: &str| user.rekor(&["search", text, "--policy", "policy.txt"]);
    for text in [&digest(WHEEL), &id, &entry["logIndex"].to_string()] {
        let out = search(text).exits(0).out();
        for part in
            ["#79605083", "hashedrekord 0.0.1", "the entry says: signed by https://github.com/trailofbits/", &id]
        {
            assert!(out.contains(part), "{text}: no {part:?} in {out}");
        }
    }
    user.folder.write("key.pub", &std::fs::read(data().join("managed-key/key.pub")).unwrap());
    let by_key = user.rekor(&["search", "--file", "key.pub", "--policy", "policy.txt", "--json"]).exits(0);
    let page: Value = serde_json::from_str(&by_key.out()).unwrap();
    assert_eq!(page["report"]["entries"][0]["index"], 771_488_337);
    search(&"ab".repeat(32)).exits(2);
    search("no such thing").exits(2);
    let flip = rekor_tests::lies::other_promise();
    log.replay(PublicLog::new(), move |request, answer| flip(request, answer));
    assert!(search(&id).exits(1).out().contains("FAILED"));
}

#[test]
fn the_public_log_is_trusted_by_its_key() {
    let (user, log) = (User::new(), PublicLog::new().serve(|_, _| {}));
    let out = user.rekor(&["log", "trust", &log.url, "--yes"]).exits(0).out();
    assert!(out.contains(&vkey()), "{out}");
    user.rekor(&["search", &digest(WHEEL)]).exits(0);
    log.replay(PublicLog::new(), |request, answer| {
        if request.path == "/api/v1/log/publicKey" {
            answer.body = std::fs::read(data().join("managed-key/key.pub")).unwrap();
        }
    });
    User::new().rekor(&["log", "trust", &log.url, "--yes"]).exits(1);
}

#[test]
fn another_tree_of_the_log_is_told_of_and_remembered() {
    let of_earlier = PublicLog::new().entry(WHEEL).1["verification"]["inclusionProof"]["checkpoint"].clone();
    let seen = Seen::parse(&json!({ "logs": { vkey(): { "signed": of_earlier } } }).to_string()).unwrap();
    let found = look_after(seen, &vkey(), &digest(WHEEL), |_, _| {});
    let consistency = found.report.checks.iter().find(|check| check.id.name() == "log-consistency").unwrap();
    assert_eq!((consistency.outcome, consistency.required), (Outcome::NotChecked, false));
    assert!(consistency.sentence.contains("another tree"), "{}", consistency.sentence);
    assert_eq!(only(&found).outcome, Outcome::Passed);
    assert!(found.seen.contains("649584076") && found.report.log.alarm.is_none());
}
