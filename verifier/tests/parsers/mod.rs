//! Every parser, and what must hold of whatever it accepts. `tests/mutations.rs` runs these on changed inputs, and the
//! targets in `fuzz/` on invented ones.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use rekor_verifier::check::archive::{ArchiveError, ArchiveLister, Listing};
use rekor_verifier::format::bundle;
use rekor_verifier::format::checkpoint::Checkpoint;
use rekor_verifier::format::entry::LinkEntry;
use rekor_verifier::format::envelope::Envelope;
use rekor_verifier::format::json;
use rekor_verifier::format::key::{Holder, PublicKey};
use rekor_verifier::format::layout::Layout;
use rekor_verifier::format::link::Link;
use rekor_verifier::format::note::{Note, Vkey};
use rekor_verifier::format::receipt::Receipt;
use rekor_verifier::format::rekor_body::EntryStatement;
use rekor_verifier::format::rekor_entry::RekorEntry;
use rekor_verifier::format::tile::{BundleId, TileId};
use rekor_verifier::format::time::rfc3339_utc;
use rekor_verifier::format::trusted_root::parse_logs;
use rekor_verifier::policy::Policy;

/// Reads some bytes; panics where the parser does, or where what it accepted does not come back from its encoder.
/// Whether they were accepted.
pub type Parser = fn(&[u8]) -> bool;

pub const PARSERS: &[(&str, Parser)] = &[
    ("json", json),
    ("link", link),
    ("envelope", |bytes| Envelope::parse(bytes).is_ok()),
    ("layout", |bytes| Layout::parse(bytes).is_ok()),
    ("archive", archive),
    ("key", key),
    ("certificate", |bytes| Holder::of(bytes).is_some()),
    ("note", note),
    ("checkpoint", checkpoint),
    ("receipt", receipt),
    ("vkey", vkey),
    ("policy", |bytes| text(bytes).is_some_and(|text| Policy::parse(text).is_ok())),
    ("signers", |bytes| text(bytes).is_some_and(|text| Policy::parse_signers(text).is_ok())),
    ("entry", entry),
    ("rekor-answer", |bytes| RekorEntry::parse_answer(bytes).is_ok()),
    ("rekor-bundled", |bytes| RekorEntry::parse_bundled(bytes).is_ok()),
    ("rekor-body", |bytes| EntryStatement::parse(bytes).is_ok()),
    ("trusted-root", trusted_root),
    ("tile-path", tile_path),
    ("entry-bundle", entry_bundle),
    ("sigstore-bundle", |bytes| bundle::recognise(bytes).is_some()),
    ("time", time),
];

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn json(bytes: &[u8]) -> bool {
    let Ok(value) = json::parse(bytes) else { return false };
    if let Ok(canonical) = value.to_jcs() {
        let again = json::parse(&canonical).expect("JCS is JSON");
        assert_eq!(again.to_jcs().as_ref(), Ok(&canonical));
        assert_eq!(again.to_olpc(), value.to_olpc());
    }
    true
}

fn link(bytes: &[u8]) -> bool {
    let Ok(link) = Link::parse(bytes) else { return false };
    assert_eq!(Link::parse(bytes).as_ref(), Ok(&link));
    link.digest_list();
    true
}

/// The same, however it is cut.
fn archive(bytes: &[u8]) -> bool {
    let whole = listing(bytes, bytes.len().max(1));
    assert_eq!(whole, listing(bytes, 7));
    whole.is_ok()
}

fn listing(bytes: &[u8], piece: usize) -> Result<Listing, ArchiveError> {
    let mut lister = ArchiveLister::default();
    for piece in bytes.chunks(piece) {
        lister.update(piece)?;
    }
    lister.finish()
}

fn key(bytes: &[u8]) -> bool {
    let Ok(keys) = PublicKey::parse_all(bytes) else { return false };
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!(PublicKey::from_spki_der(key.spki_der()).as_ref(), Ok(&key));
        assert_eq!(PublicKey::parse(key.to_pem().as_bytes()).as_ref(), Ok(&key));
        key.keyids();
    }
    true
}

fn note(bytes: &[u8]) -> bool {
    let Ok(note) = Note::parse(bytes) else { return false };
    assert_eq!(note.encode().as_bytes(), bytes);
    true
}

fn checkpoint(bytes: &[u8]) -> bool {
    let Some(Ok(checkpoint)) = text(bytes).map(Checkpoint::parse) else { return false };
    assert_eq!(checkpoint.encode().as_bytes(), bytes);
    true
}

fn receipt(bytes: &[u8]) -> bool {
    let Ok(receipt) = Receipt::parse(bytes) else { return false };
    assert_eq!(receipt.encode().as_bytes(), bytes);
    true
}

fn vkey(bytes: &[u8]) -> bool {
    let Some(Ok(vkey)) = text(bytes).map(str::parse::<Vkey>) else { return false };
    assert_eq!(vkey.to_string().as_bytes(), bytes);
    true
}

fn entry(bytes: &[u8]) -> bool {
    let Ok(entry) = LinkEntry::parse(bytes) else { return false };
    assert_eq!(entry.encode(), bytes);
    assert!(EntryStatement::parse(bytes).is_ok());
    true
}

fn trusted_root(bytes: &[u8]) -> bool {
    let Ok(logs) = parse_logs(bytes) else { return false };
    for log in logs {
        assert!(log.key.is_err() || log.ids().contains(&log.log_id));
        log.counts_at(0);
    }
    true
}

fn tile_path(bytes: &[u8]) -> bool {
    let Some(path) = text(bytes) else { return false };
    let tile = TileId::parse(path);
    assert!(tile.is_none_or(|tile| tile.path() == format!("tile/{path}")));
    let bundle = BundleId::parse(path);
    assert!(bundle.is_none_or(|bundle| bundle.path() == format!("tile/entries/{path}")));
    tile.is_some() || bundle.is_some()
}

/// The first two bytes say how many entries are expected.
fn entry_bundle(bytes: &[u8]) -> bool {
    let Some((width, bundle)) = bytes.split_first_chunk::<2>() else { return false };
    let id = BundleId { index: 0, width: u16::from_be_bytes(*width) };
    let Some(entries) = id.entries(bundle) else { return false };
    let again: Vec<u8> = entries.iter().flat_map(|e| [&(e.len() as u16).to_be_bytes()[..], e].concat()).collect();
    assert_eq!(again, bundle);
    true
}

fn time(bytes: &[u8]) -> bool {
    text(bytes).and_then(rfc3339_utc).is_some()
}
