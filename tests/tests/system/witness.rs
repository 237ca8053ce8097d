//! A witness over HTTP: each answer that C2SP tlog-witness gives a status.

use rekor_tests::forger::fetch;
use rekor_tests::rekor::Log;
use rekor_tests::scene::Scene;
use rekor_tests::signing::{forge_checkpoint, log_key};
use rekor_tests::witness::{Witness, monitoring_path};

/// Status, content type and body.
fn ask(url: &str, body: &str) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.post(format!("{url}/add-checkpoint")).send(body).unwrap();
    let kind = answer.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
    (answer.status().as_u16(), kind, answer.body_mut().read_to_string().unwrap())
}

#[test]
fn every_answer_has_its_status() {
    let scene = Scene::new();
    let witness = Witness::create("witness.example/w1", &[&scene.log]);
    let server = witness.run();
    let checkpoint = String::from_utf8(fetch(&format!("{}/checkpoint", scene.server.url))).unwrap();
    let status = |body: &str| ask(&server.url, body).0;
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let shown = || agent.get(format!("{}{}", server.url, monitoring_path(&scene.log))).call().unwrap();

    assert_eq!(shown().status(), 404, "nothing was cosigned yet");
    assert_eq!(status("old 0"), 400);
    assert_eq!(status(&format!("old 5\n\n{checkpoint}")), 400, "the old tree has five entries, the new one four");
    let other = Log::create().serve(None);
    let unknown = String::from_utf8(fetch(&format!("{}/checkpoint", other.url))).unwrap();
    assert_eq!(status(&format!("old 0\n\n{unknown}")), 404);
    assert_eq!(status(&format!("old 0\n\n{}", checkpoint.replace("\n4\n", "\n3\n"))), 403);
    let key = log_key(&scene.log);
    let empty = forge_checkpoint(&checkpoint, &key, Some(0), false);
    assert_eq!(status(&format!("old 0\n\n{empty}")), 422, "the empty tree has one root");
    assert_eq!(shown().status(), 404, "nothing was cosigned for all that");

    let (code, kind, line) = ask(&server.url, &format!("old 0\n\n{checkpoint}"));
    assert_eq!((code, kind.as_str()), (200, "text/plain; charset=utf-8"));
    assert!(line.starts_with("\u{2014} witness.example/w1 ") && line.ends_with('\n'), "{line}");
    assert_eq!(shown().body_mut().read_to_string().unwrap(), format!("{checkpoint}{line}"));
    let (code, kind, size) = ask(&server.url, &format!("old 0\n\n{checkpoint}"));
    assert_eq!((code, kind.as_str(), size.as_str()), (409, "text/x.tlog.size", "4\n"));
    let fork = forge_checkpoint(&checkpoint, &key, None, true);
    let (code, _, why) = ask(&server.url, &format!("old 4\n\n{fork}"));
    assert_eq!(code, 422, "of the same size, and another tree: {why}");
    assert_eq!(agent.get(format!("{}/add-checkpoint", server.url)).call().unwrap().status(), 405);
    assert_eq!(status(&"x".repeat(70_000)), 413);
}

#[test]
fn what_was_cosigned_survives_a_kill() {
    let scene = Scene::new();
    let witness = Witness::create("witness.example/w1", &[&scene.log]);
    let checkpoint = String::from_utf8(fetch(&format!("{}/checkpoint", scene.server.url))).unwrap();
    let server = witness.run();
    assert_eq!(ask(&server.url, &format!("old 0\n\n{checkpoint}")).0, 200);
    server.kill();
    let server = witness.run();
    assert_eq!(ask(&server.url, &format!("old 0\n\n{checkpoint}")).0, 409);
    assert_eq!(ask(&server.url, &format!("old 4\n\n{checkpoint}")).0, 200, "the same tree again");
}
