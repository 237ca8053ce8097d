//! The picture of the log's word.

use crate::links::LinkMaker;
use crate::support::{self, Answer, Server};
use axum::body::Body;
use axum::http::Request;
use rekor_verifier::check::digest::sha256;

fn badge(bytes: &[u8]) -> String {
    format!("/badge/sha256:{}.svg", sha256(bytes))
}

/// What the picture says.
fn says(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let words = answer.text().rsplit_once("</text></g>").unwrap().0.rsplit_once('>').unwrap().1.to_owned();
    // Read out as it is shown.
    assert!(answer.text().contains(&format!("<title id=\"t\">Log: {words}</title>")), "{}", answer.text());
    words
}

#[tokio::test]
async fn it_says_recorded_and_when_by_the_logs_word() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    server.add(&LinkMaker::new(2), "something else").await;
    server.add(&maker, "a").await;
    for base in [String::new(), format!("/logs/{}", server.tree_id)] {
        for bytes in [b"a".to_vec(), maker.link("a")] {
            let answer = server.get(&format!("{base}{}", badge(&bytes))).await;
            let words = says(&answer);
            assert!(words.starts_with("recorded as #1; the log says "), "{words}");
            let year = words.rsplit_once(' ').unwrap().1.parse::<u32>().unwrap();
            assert!(year >= 2026, "{words}");
            assert!(answer.text().contains(&format!("sha256:{}. ", sha256(&bytes))));
            assert!(!answer.text().to_lowercase().contains("verified"));
            assert!(answer.body.len() <= 1500);
        }
    }
    let upper = format!("/badge/sha256:{}.svg", sha256(b"a").to_string().to_uppercase());
    assert!(says(&server.get(&upper).await).starts_with("recorded as #1;"));
}

#[tokio::test]
async fn what_no_entry_names_has_no_record() {
    let server = Server::new();
    assert_eq!(says(&server.get(&badge(b"a")).await), "no record in this log");
    let sha512 = format!("/badge/sha512:{}.svg", "0".repeat(128));
    assert_eq!(says(&server.get(&sha512).await), "no record in this log");
}

#[tokio::test]
async fn what_was_erased_is_said_to_be() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    server.add(&maker, "a").await;
    let server = server.erasing(&maker.link("a"));
    assert_eq!(says(&server.get(&badge(b"a")).await), "recorded as #0; its link file was erased");
}

#[tokio::test]
async fn an_input_is_no_result() {
    let server = Server::new();
    let maker = LinkMaker::new(1);
    let link = maker.link_from("source", "product");
    let answer = server.post("/api/v1/log/entries", &support::proposed_link(&link, &maker)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(says(&server.get(&badge(b"source")).await), "an input of #0, not its result");
    // As soon as it is the result of a step, that counts.
    server.add(&maker, "source").await;
    assert!(says(&server.get(&badge(b"source")).await).starts_with("recorded as #1;"));
}

#[tokio::test]
async fn who_records_a_file_later_changes_nothing_until_there_are_too_many() {
    let server = Server::new();
    server.add(&LinkMaker::new(1), "a").await;
    let stranger = LinkMaker::new(2);
    for number in 1..=64 {
        assert!(says(&server.get(&badge(b"a")).await).starts_with("recorded as #0;"));
        let link = stranger.named_link(&format!("step {number}"), "a");
        server.post("/api/v1/log/entries", &support::proposed_link(&link, &stranger)).await;
    }
    assert_eq!(says(&server.get(&badge(b"a")).await), "recorded more than 64 times, last as #64");
}

#[tokio::test]
async fn it_is_a_picture_and_nothing_else() {
    let server = Server::new();
    server.add(&LinkMaker::new(1), "a").await;
    let answer = server.get(&badge(b"a")).await;
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    for thing in ["<script", "<style", "style=", "<a ", "href", "<image", "<foreignObject", "onload"] {
        assert!(!answer.text().contains(thing), "{thing}: {}", answer.text());
    }
    assert!(answer.text().contains("role=\"img\""));
}

#[tokio::test]
async fn a_cache_asks_again_and_is_told_what_is_new() {
    let server = Server::new();
    let ask = |etag: String| {
        server.send(Request::get(badge(b"a")).header("if-none-match", etag).body(Body::empty()).unwrap())
    };
    let before = server.get(&badge(b"a")).await;
    assert_eq!(before.header("cache-control"), "no-cache");
    let again = ask(before.header("etag").to_owned()).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!((again.header("cache-control"), again.header("etag")), ("no-cache", before.header("etag")));
    server.add(&LinkMaker::new(1), "a").await;
    let after = ask(before.header("etag").to_owned()).await;
    assert!(says(&after).starts_with("recorded as #0;"));
    assert_ne!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn what_is_no_digest_is_refused() {
    let server = Server::new();
    let zeros = "0".repeat(64);
    for name in [
        "x".to_owned(),
        zeros.clone(),
        format!("{zeros}.svg"),
        format!("sha256:{zeros}"),
        format!("sha256:{zeros}.png"),
        format!("sha256:{zeros}0.svg"),
        format!("sha256:{}.svg", "g".repeat(64)),
        format!("sha512:{zeros}.svg"),
        format!("sha1:{}.svg", "0".repeat(40)),
        format!("md5:{}.svg", "0".repeat(32)),
        format!("sha256:{}%22%3E%3Cscript%3E.svg", "0".repeat(54)),
        format!("SHA256:{zeros}.svg"),
    ] {
        let answer = server.get(&format!("/badge/{name}")).await;
        answer.refuses(400, "expected a badge's name");
        assert!(!answer.text().contains("script"));
    }
    server.get(&format!("/badge/{}", "a".repeat(3000))).await.refuses(400, "expected a badge's name");
    server.get("/badge/").await.refuses(404, "there is nothing at");
}
