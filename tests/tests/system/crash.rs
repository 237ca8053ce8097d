//! `kill -9`: whatever was acknowledged is there after each restart, and the tree is the same tree.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use rekor_tests::crowd::proposal_of;
use rekor_tests::forger::{fetch, unbundle};
use rekor_tests::rekor::{Log, Server};
use rekor_tests::scene::Links;
use rekor_tests::text::{leaf_hash, unhex};
use rekor_tests::tree;
use serde_json::Value;

const KILLS: u32 = 20;
const WRITERS: u32 = 4;

#[test]
fn acknowledged_entries_survive_twenty_kills() {
    let log = Log::create();
    let numbers = AtomicU32::new(0);
    let mut acknowledged: Vec<String> = Vec::new();
    let mut remembered: Vec<(usize, [u8; 32])> = Vec::new();
    for round in 0..KILLS {
        let server = log.serve(None);
        let leaves = leaves(&server);
        assert_holds(&leaves, &acknowledged, &remembered, round);
        remembered.push((leaves.len(), tree::root(&leaves)));
        acknowledged.extend(add_until_killed(server, round, &numbers));
    }
    let server = log.serve(None);
    assert_holds(&leaves(&server), &acknowledged, &remembered, KILLS);
    assert!(acknowledged.len() >= KILLS as usize, "only {} additions were acknowledged", acknowledged.len());
}

/// Writers add as fast as they can until the server is killed, after a number of acknowledgements that
/// differs from round to round; gives the UUIDs that were acknowledged.
fn add_until_killed(server: Server, round: u32, numbers: &AtomicU32) -> Vec<String> {
    let enough = 1 + round * 7 % 23;
    let (count, stop) = (AtomicU32::new(0), AtomicBool::new(false));
    let url = format!("{}/api/v1/log/entries", server.url);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                scope.spawn(|| {
                    let mut uuids = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        match add(&url, numbers.fetch_add(1, Ordering::Relaxed)) {
                            Some(uuid) => uuids.push(uuid),
                            None => break,
                        }
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    uuids
                })
            })
            .collect();
        while count.load(Ordering::Relaxed) < enough {
            thread::yield_now();
        }
        server.kill();
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    })
}

/// The UUID of an addition that was acknowledged in full.
fn add(url: &str, number: u32) -> Option<String> {
    let proposal = proposal_of(&Links::twin(), number).to_string();
    let mut answer = ureq::post(url).header("content-type", "application/json").send(proposal).ok()?;
    assert_eq!(answer.status(), 201);
    let body = answer.body_mut().read_to_vec().ok()?;
    let value: Value = serde_json::from_slice(&body).ok()?;
    value.as_object()?.keys().next().cloned()
}

/// The leaf hashes that the server's bundles give, checked against its checkpoint.
fn leaves(server: &Server) -> Vec<[u8; 32]> {
    let checkpoint = String::from_utf8(fetch(&format!("{}/checkpoint", server.url))).unwrap();
    let size: usize = checkpoint.lines().nth(1).unwrap().parse().unwrap();
    let mut leaves = Vec::new();
    for bundle in 0..size.div_ceil(256) {
        let width = (size - bundle * 256).min(256);
        let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
        let bytes = fetch(&format!("{}/tile/entries/{bundle:03}{partial}", server.url));
        leaves.extend(unbundle(&bytes).iter().map(|entry| leaf_hash(entry)));
    }
    let root = rekor_tests::text::base64(&tree::root(&leaves));
    assert_eq!(checkpoint.lines().nth(2), Some(root.as_str()), "the checkpoint's root over the entries");
    leaves
}

fn assert_holds(leaves: &[[u8; 32]], acknowledged: &[String], remembered: &[(usize, [u8; 32])], round: u32) {
    for (size, root) in remembered {
        assert_eq!(tree::root(&leaves[..*size]), *root, "round {round}: the tree of size {size} is another one");
    }
    for uuid in acknowledged {
        // The last 64 digits of an entry's identifier are its leaf hash.
        let hash: [u8; 32] = unhex(&uuid[uuid.len() - 64..]).try_into().unwrap();
        assert!(leaves.contains(&hash), "round {round}: {uuid} was acknowledged and is gone");
    }
}
