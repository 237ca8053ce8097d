//! The badge and whom it trusts: what it says, and what it never says, whatever the page and the log do.

use crate::site::{BADGE, Place, opened, said};
use rekor_tests::lies;
use rekor_tests::lying::Told;
use rekor_tests::needs;
use rekor_tests::scene::Scene;
use rekor_tests::signing::{cosign, foreign_key, witness_vkey};
use serde_json::json;

#[test]
fn under_a_strict_policy_it_confirms_a_named_signer_and_the_log() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "confirmed", "{found}");
    assert_eq!(found["title"], "Signed by carl");
    let detail = found["detail"].as_str().unwrap();
    assert!(detail.starts_with("Recorded as #2; the log says "), "{detail}");
    assert_eq!(browser.run("return window.refused", &[]), json!([]));
    let verifier = opened(&browser);
    assert!(verifier.starts_with(&format!("{}/#verify?v=1&artifact=", place.scene.liar.url)), "{verifier}");
    let dialog = "document.querySelector('rekor-badge').shadowRoot.querySelector('dialog').textContent";
    let text = browser.run(&format!("return {dialog}"), &[]).to_string();
    assert!(
        text.contains("passed: The link is signed by carl.") && text.contains("Check it apart from this page"),
        "{text}"
    );
}

#[test]
fn what_the_page_claims_is_said_to_be_its_claim() {
    let Some(place) = Place::new() else { return };
    let vkey = place.scene.log.vkey.clone();
    let place = place.trusts(&vkey);
    let Some(browser) = place.open(BADGE) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "key", "{found}");
    assert_eq!(found["title"], "Signed by the key that this page names");
    // Without the page's key there is a record, and nobody who is known to have signed.
    browser.run("document.querySelector('rekor-badge').removeAttribute('signer')", &[]);
    assert_eq!(said(&browser)["state"], "recorded");
    // And a log that nobody named confirms nothing.
    std::fs::remove_file(place.badges.path().join("policy.txt")).unwrap();
    browser.run("document.querySelector('rekor-badge').check()", &[]);
    assert_eq!(said(&browser)["state"], "unknown");
}

#[test]
fn whatever_a_log_says_a_badge_never_confirms_what_is_not_so() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    assert_eq!(said(&browser)["state"], "confirmed");
    let again = |expected: &str| {
        browser.run("document.querySelector('rekor-badge').check()", &[]);
        assert_eq!(said(&browser)["state"], expected);
    };
    place.scene.liar.change(lies::wrong_root(&place.scene.log));
    again("failed");
    place.scene.liar.honest();
    again("confirmed");
    place.scene.liar.change(|_, answer| answer.status = 500);
    again("unknown");
    place.scene.liar.lie(|_, _| Told::HangUp);
    again("unknown");
    place.scene.liar.honest();
    place.host.write("foo.tar.gz", b"another file");
    again("failed");
    std::fs::remove_file(place.host.path().join("package.link")).unwrap();
    again("unknown");
}

#[test]
fn where_webassembly_is_refused_the_pages_own_link_stays() {
    let Some(mut place) = Place::new().map(Place::with_trust) else { return };
    place.fence = "default-src 'none'; script-src {badges}; connect-src 'self' {badges} {log}";
    let Some(browser) = place.open(BADGE) else { return };
    assert_eq!(said(&browser)["state"], "fallback");
    let shown = "const link = document.querySelector('rekor-badge a'); return link.checkVisibility() && link.innerText";
    assert_eq!(browser.run(shown, &[]), "Check foo.tar.gz");
}

/// It makes the badge name whom it likes.
const HOSTILE: &str = "
const honest = globalThis.fetch;
globalThis.fetch = async (address, init) => {
  const answer = await honest(address, init);
  return String(address).endsWith('signers.txt') ? new Response((await answer.text()).replaceAll('carl', 'everybody')) : answer;
};";

/// Styles of the page's do not reach into it, and nothing that the page does reaches the verifier that it leads to.
#[test]
fn a_hostile_page_cannot_make_the_verifier_say_yes() {
    let Some(dist) = needs::tool("REKOR_DIST", "the folder with the built page") else { return };
    let Some(mut place) = Place::new().map(Place::with_trust) else { return };
    place.scene = Scene::with(rekor_tests::scene::Links::twin(), Some(&dist));
    let vkey = place.scene.log.vkey.clone();
    let place = place.trusts(&vkey);
    let policy = format!("log {vkey} {}\nquorum none\n", place.scene.liar.url);
    place.scene.liar.file("/policy.txt", &policy);
    place.host.write(
        "hostile.css",
        b"rekor-badge, rekor-badge * { font-size: 90px !important; color: red !important } span { display: none }",
    );
    place.host.write("hostile.js", HOSTILE.as_bytes());
    let place = Place {
        fence: "default-src 'none'; style-src 'self'; script-src 'self' {badges} 'wasm-unsafe-eval'; connect-src 'self' {badges} {log}",
        ..place
    };
    let hostile = "<link rel=\"stylesheet\" href=\"hostile.css\"><script src=\"hostile.js\"></script>";
    let Some(browser) = place.open(&format!("{hostile}{BADGE}")) else { return };
    // The badge is the page's to forge; what it leads to takes none of it.
    let found = said(&browser);
    assert_eq!((&found["state"], &found["title"]), (&json!("confirmed"), &json!("Signed by everybody")));
    let size = "const { width, height } = document.querySelector('rekor-badge').shadowRoot.querySelector('button').getBoundingClientRect();
        return [Math.round(width) > 200, Math.round(height) < 90]";
    assert_eq!(browser.run(size, &[]), json!([true, true]));
    let verifier = opened(&browser);
    browser.open("about:blank");
    browser.open(&format!("{verifier}&identity=carl&issuer=https%3A%2F%2Fissuer.example"));
    browser.wait("a verdict", "document.querySelector('#verdict')?.dataset.verdict");
    let verdict = browser.run("return document.querySelector('#verdict').dataset.verdict", &[]);
    assert_ne!(verdict, "verified");
}

/// The badge of a log whose checkpoints a witness cosigned on 3 March 2026, and what it says under this policy.
fn cosigned(policy: &str) -> Option<serde_json::Value> {
    let place = Place::new()?.names_carl();
    place.scene.liar.change(|request, answer| {
        if request.path.ends_with("/checkpoint") {
            let note = String::from_utf8(answer.body.clone()).unwrap();
            answer.body = cosign(&note, "witness.example", &foreign_key(), 1_772_539_200).into_bytes();
        }
    });
    let witness = witness_vkey("witness.example", &foreign_key());
    let Scene { log, liar, .. } = &place.scene;
    let policy = format!("log {} {}\n{}\n", log.vkey, liar.url, policy.replace("{witness}", &witness));
    place.badges.write("policy.txt", policy.as_bytes());
    Some(said(&place.open(BADGE)?))
}

#[test]
fn a_trusted_cosignature_gives_the_date_and_no_other_does() {
    let Some(found) = cosigned("witness w {witness}\nquorum w") else { return };
    assert_eq!(found["state"], "confirmed", "{found}");
    assert_eq!(
        (&found["title"], &found["detail"]),
        (&json!("Signed by carl"), &json!("Recorded no later than 3 March 2026, #2"))
    );
    // By a witness whom nobody named.
    let found = cosigned("quorum none").unwrap();
    assert_eq!(found["state"], "confirmed", "{found}");
    assert!(found["detail"].as_str().unwrap().starts_with("Recorded as #2; the log says "), "{found}");
    // Named, asked for, and not there.
    let missing = witness_vkey("other.example", &rekor_tests::signing::log_key(&Scene::new().log));
    let found = cosigned(&format!("witness w {missing}\nquorum w")).unwrap();
    assert_eq!(found["state"], "unknown", "{found}");
}

#[test]
fn a_claimed_key_is_shown_with_its_fingerprint_and_has_no_name() {
    let Some(place) = Place::new() else { return };
    let vkey = place.scene.log.vkey.clone();
    let place = place.trusts(&vkey);
    let Some(browser) = place.open(BADGE) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "key", "{found}");
    let key = rekor_tests::rekor::User::new().rekor(&["key", &place.scene.links.carl]).exits(0).out();
    let fingerprint = key.split_whitespace().next().unwrap();
    assert!(
        found["detail"]
            .as_str()
            .unwrap()
            .starts_with(&format!("{}…. Recorded as #2; the log says ", &fingerprint[..16])),
        "{found}"
    );
    assert!(!found.to_string().contains("carl"), "{found}");
    opened(&browser);
    let dialog =
        browser.run("return document.querySelector('rekor-badge').shadowRoot.querySelector('dialog').textContent", &[]);
    let dialog = dialog.as_str().unwrap();
    assert!(dialog.contains(fingerprint) && dialog.contains("The page that you are on names this key."), "{dialog}");
    // It is not green: the accent is that of what nobody confirmed.
    let accent =
        "return getComputedStyle(document.querySelector('rekor-badge').shadowRoot.querySelector('.face')).borderColor";
    let neutral = browser.run(accent, &[]);
    let place = place.names_carl();
    browser.run("document.querySelector('rekor-badge').check()", &[]);
    assert_eq!(said(&browser)["state"], "confirmed");
    assert_ne!(browser.run(accent, &[]), neutral);
    drop(place);
}

/// Another signer's key under the page's own `signer`: the deployed policy, where there is one, is not overruled by it.
#[test]
fn a_claim_takes_nothing_away_from_what_the_policy_finds() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let tampered =
        String::from_utf8(rekor_tests::files::read(std::path::Path::new(&place.scene.links.package))).unwrap();
    place.host.write("package.link", tampered.replacen("foo.tar.gz", "fou.tar.gz", 1).as_bytes());
    let Some(browser) = place.open(BADGE) else { return };
    assert_eq!(said(&browser)["state"], "failed");
    browser.run("document.querySelector('rekor-badge').removeAttribute('signer')", &[]);
    assert_eq!(said(&browser)["state"], "failed");
}

#[test]
fn a_log_that_is_slow_is_waited_for_and_one_that_is_silent_is_not() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    place.scene.liar.change(|request, _| {
        if lies::to_the_log(request) {
            std::thread::sleep(std::time::Duration::from_millis(700));
        }
    });
    let Some(browser) = place.open(BADGE) else { return };
    browser.wait("that it says so", "document.querySelector('rekor-badge').dataset.state === 'checking'");
    assert_eq!(said(&browser)["state"], "confirmed");
    place.scene.liar.lie(|request, honest| if lies::to_the_log(request) { Told::Nothing } else { Told::This(honest) });
    // Which begins another check.
    browser.run("document.querySelector('rekor-badge').removeAttribute('signer')", &[]);
    assert_eq!(said(&browser)["state"], "unknown");
}

/// Nothing is remembered: what was confirmed a moment ago is not, without a network.
#[test]
fn offline_it_says_that_it_could_not_check() {
    let Some(place) = Place::new().map(Place::with_trust) else { return };
    let Some(browser) = place.open(BADGE) else { return };
    assert_eq!(said(&browser)["state"], "confirmed");
    let offline = json!({ "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    browser.devtools("Network.enable", json!({}));
    browser.devtools("Network.emulateNetworkConditions", offline);
    browser.run("document.querySelector('rekor-badge').check()", &[]);
    let found = said(&browser);
    assert_eq!((&found["state"], &found["title"]), (&json!("unknown"), &json!("Could not be checked")));
    let kept = "const done = arguments[0]; Promise.all([caches.keys(), indexedDB.databases()]).then(([a, b]) => \
        done(a.length + b.length + localStorage.length + sessionStorage.length + document.cookie.length))";
    assert_eq!(browser.run_async(kept, &[]), 0);
}

/// Sigstore's logs are in the verifier; who signs is for the deployed policy to say.
#[test]
fn a_bundle_is_confirmed_for_the_deployed_identity_and_no_other() {
    let Some(place) = Place::new() else { return };
    let data = rekor_tests::bundles::data().join("bundles");
    for (name, file) in
        [("bundle.json", "conda-attestation.sigstore.json"), ("package.conda", "signed-package-2.1.0-hb0f4dca_0.conda")]
    {
        place.host.write(name, &rekor_tests::files::read(&data.join(file)));
    }
    let badge = "<rekor-badge link=\"bundle.json\" artifact=\"package.conda\"></rekor-badge>";
    let Some(browser) = place.open(badge) else { return };
    let found = said(&browser);
    assert_eq!(found["state"], "recorded", "{found}");
    assert!(found["detail"].as_str().unwrap().contains("; the log says "), "{found}");
    for (organisation, state) in [("prefix-dev", "confirmed"), ("somebody-else", "recorded")] {
        let identity = json!({
            "pattern": format!("https://github.com/{organisation}/**"),
            "issuer": "https://token.actions.githubusercontent.com",
        });
        place.badges.write("identity.json", identity.to_string().as_bytes());
        browser.run("document.querySelector('rekor-badge').check()", &[]);
        let found = said(&browser);
        assert_eq!(found["state"], state, "{found}");
        let named = found["title"].as_str().unwrap().starts_with("Signed by https://github.com/prefix-dev/");
        assert_eq!(named, state == "confirmed", "{found}");
    }
}

/// A page can put a bundle beside the good one, by a certificate that nobody gave out and that names anybody.
#[test]
fn a_bundle_that_decides_nothing_names_nobody() {
    let Some(place) = Place::new() else { return };
    let data = rekor_tests::bundles::data().join("bundles");
    let read = |name: &str| rekor_tests::files::read(&data.join(name));
    // Of the two, the public instance knows the first one's certificate and log alone.
    let bundles = ["conda-attestation.sigstore.json", "conda-attestation-rekor2.sigstore.json"].map(|name| {
        let bundle: serde_json::Value = serde_json::from_slice(&read(name)).unwrap();
        format!("{bundle}\n")
    });
    place.host.write("bundles.jsonl", bundles.concat().as_bytes());
    place.host.write("package.conda", &read("signed-package-2.1.0-hb0f4dca_0.conda"));
    let issuer = "https://token.actions.githubusercontent.com";
    let identity = json!({ "pattern": "https://github.com/prefix-dev/**", "issuer": issuer });
    place.badges.write("identity.json", identity.to_string().as_bytes());
    let Some(browser) = place.open("<rekor-badge link=\"bundles.jsonl\" artifact=\"package.conda\"></rekor-badge>")
    else {
        return;
    };
    let found = said(&browser);
    assert_eq!(found["state"], "confirmed", "{found}");
    let title = found["title"].as_str().unwrap();
    assert!(title.starts_with("Signed by https://github.com/prefix-dev/") && !title.contains(','), "{found}");
    assert!(found["detail"].as_str().unwrap().contains("456119071"), "{found}");
}
