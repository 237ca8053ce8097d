//! `kill -TERM` under load: what was asked is answered, and what was acknowledged is there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rekor_tests::crowd::proposal_of;
use rekor_tests::rekor::Log;
use rekor_tests::scene::Links;
use serde_json::Value;

const WRITERS: u32 = 8;

/// How a connection ended.
struct Ended {
    /// Entry IDs that were acknowledged on it.
    acknowledged: Vec<String>,
    /// Whether the server said with its last answer that it was the last.
    announced: bool,
}

#[test]
fn a_server_that_is_told_to_end_answers_what_it_was_asked() {
    let log = Log::create();
    let server = log.serve(None);
    let (numbers, answered) = (AtomicU32::new(0), AtomicU32::new(0));
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let (ended, code) = thread::scope(|scope| {
        let writer = || add_until_closed(&address, &numbers, &answered);
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(writer)).collect();
        while answered.load(Ordering::Relaxed) < 5 * WRITERS {
            thread::yield_now();
        }
        server.terminate();
        let code = server.ended();
        (writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>(), code)
    });
    assert_eq!(code, 0);
    // A connection between two requests may just be closed. Under load, others are in the midst of one.
    assert!(ended.iter().any(|connection| connection.announced));
    let server = log.serve(None);
    let acknowledged: Vec<String> = ended.into_iter().flat_map(|connection| connection.acknowledged).collect();
    assert!(acknowledged.len() >= 5 * WRITERS as usize);
    for id in &acknowledged {
        let entry = ureq::get(format!("{}/api/v1/log/entries/{id}", server.url)).call();
        assert_eq!(entry.unwrap_or_else(|error| panic!("{id} was acknowledged: {error}")).status(), 200);
    }
}

/// Adds one entry after the other on one connection until the server closes it.
fn add_until_closed(address: &str, numbers: &AtomicU32, answered: &AtomicU32) -> Ended {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut ended = Ended { acknowledged: Vec::new(), announced: false };
    while !ended.announced {
        let body = proposal_of(&Links::twin(), numbers.fetch_add(1, Ordering::Relaxed)).to_string();
        let head = format!("POST /api/v1/log/entries HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
            break;
        }
        let Some((head, body)) = answer(&mut stream) else { break };
        assert!(head.starts_with("HTTP/1.1 201"), "{head}");
        let entry: Value = serde_json::from_slice(&body).unwrap();
        ended.acknowledged.extend(entry.as_object().unwrap().keys().cloned());
        ended.announced = head.contains("connection: close");
        answered.fetch_add(1, Ordering::Relaxed);
    }
    ended
}

/// The next answer; `None` where the connection was closed before one began. One that began is whole.
fn answer(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ if head.is_empty() => return None,
            other => panic!("an answer was cut off in its head: {other:?}"),
        }
    }
    let head = String::from_utf8(head).unwrap().to_lowercase().replace("http/1.1", "HTTP/1.1");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).expect("the whole of an answer that began");
    Some((head, body))
}
