//! Archives: what is listed is what GNU tar unpacked, and whatever would be doubtful is refused.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

mod vectors;

use rekor_verifier::check::archive::{ArchiveError, ArchiveLister, Compression, Listing};
use std::path::PathBuf;
use vectors::{fixtures, json};

fn archives() -> PathBuf {
    fixtures().join("archives")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(archives().join(name)).unwrap()
}

/// Lists `bytes`, handed over in pieces of `piece` bytes.
fn list(bytes: &[u8], piece: usize) -> Result<Listing, ArchiveError> {
    let mut lister = ArchiveLister::default();
    for piece in bytes.chunks(piece) {
        if let Err(error) = lister.update(piece) {
            assert_eq!(lister.finish(), Err(error.clone()), "an error stays");
            return Err(error);
        }
    }
    lister.finish()
}

#[test]
fn every_format_lists_what_gnu_tar_unpacks() {
    for (name, expected) in json(&archives().join("expected.json")).as_object().unwrap() {
        let bytes = read(name);
        for piece in [1, 511, bytes.len()] {
            let listing = list(&bytes, piece).unwrap_or_else(|error| panic!("{name}: {error}"));
            let files = listing.members.iter().map(|one| (one.path.clone(), one.digests.sha256.to_string().into()));
            let files: serde_json::Map<String, serde_json::Value> = files.collect();
            assert_eq!(files, *expected["files"].as_object().unwrap(), "{name}");
            let links = listing.symlinks.into_iter().map(|(path, target)| (path, target.into()));
            assert_eq!(links.collect::<serde_json::Map<_, _>>(), *expected["symlinks"].as_object().unwrap(), "{name}");
            let compression = if name.ends_with("gz") { Compression::Gzip } else { Compression::None };
            assert_eq!(listing.compression, compression, "{name}");
        }
    }
}

#[test]
fn what_every_tar_does_differently_is_refused_by_name() {
    let member = |name: &str, what| ArchiveError::NotEmulated { member: name.to_owned(), what };
    let both = "is a folder at one place and something else at another";
    let cases = [
        ("absolute.tar.gz", member("/etc/passwd", "has an absolute name")),
        ("dot-dot.tar.gz", member("a/../../b", "has a name that leads out of its folder (..)")),
        ("backslash.tar.gz", member("a\\b", "has a backslash in its name")),
        ("name-too-long.tar.gz", member(&"n".repeat(256), "has a name that is too long for a disk")),
        ("pipe.tar.gz", member("pipe", "is a device or a pipe")),
        ("sparse-gnu.tar.gz", member("hole", "is no file and has content")),
        ("sparse-pax.tar.gz", ArchiveError::Tar("a sparse file")),
        ("through-a-link.tar.gz", member("d", both)),
        ("link-over-file.tar.gz", member("d", "stands twice in the archive, as two different things")),
        ("file-below-file.tar.gz", member("a", both)),
        ("hard-link-outside.tar.gz", member("/etc/passwd", "has an absolute name")),
        ("hard-link-forward.tar.gz", member("a", "is a hard link to something that is no earlier file of the archive")),
        ("global-path.tar.gz", ArchiveError::Tar("one name or size for several members")),
        ("two-names.tar.gz", ArchiveError::Tar("two names or sizes for one member")),
        ("second-archive.tar.gz", ArchiveError::TrailingData),
        ("lone-zero-block.tar.gz", ArchiveError::TrailingData),
        ("trailing.tar.gz", ArchiveError::TrailingData),
        ("compressed.tar.xz", ArchiveError::Compression("xz")),
        ("compressed.tar.bz2", ArchiveError::Compression("bzip2")),
    ];
    assert_eq!(std::fs::read_dir(archives().join("refused")).unwrap().count(), cases.len());
    for (name, expected) in cases {
        assert_eq!(list(&read(&format!("refused/{name}")), 512), Err(expected), "{name}");
    }
}

#[test]
fn cut_anywhere_it_is_truncated_and_never_shorter() {
    for name in ["gnu-posix.tar.gz", "gzip-header.tar.gz", "python-ustar.tar"] {
        let bytes = read(name);
        let whole = list(&bytes, bytes.len());
        // Behind the last member only zeros follow, and those may be missing.
        let content = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        for length in 0..bytes.len() {
            match list(&bytes[..length], length.max(1)) {
                Err(error) => assert!(error.is_damage(), "{name} cut to {length} bytes: {error}"),
                Ok(cut) if name.ends_with(".tar") => {
                    // A tar that ends where a header could follow is whole: nothing says how many there are.
                    assert!(length % 512 == 0 || length > content, "{name} cut to {length} bytes");
                    let known = cut.members.iter().all(|one| whole.as_ref().unwrap().members.contains(one));
                    assert!(known && (length < content || Ok(cut) == whole));
                }
                Ok(cut) => assert_eq!(Ok(cut), whole, "{name} cut to {length} bytes"),
            }
        }
    }
}

#[test]
fn every_flipped_bit_of_a_gzip_is_noticed_or_means_nothing() {
    for name in ["gzip-header.tar.gz", "gzip-members.tar.gz", "gnu-v7.tar.gz"] {
        let bytes = read(name);
        let whole = list(&bytes, bytes.len()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(listing) = list(&changed, 64) {
                assert_eq!(listing, whole, "{name}: bit {bit}");
            }
        }
    }
}

/// A gzip member of nothing (RFC 1952 §2.3).
const EMPTY_MEMBER: [u8; 20] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn behind_a_gzip_stand_zeros_or_another_member() {
    let expected = json(&archives().join("expected.json"));
    let name = expected.as_object().unwrap().keys().find(|name| name.ends_with(".tar.gz")).unwrap().clone();
    let alone = read(&name);
    let listing = list(&alone, 512).unwrap();
    let behind = |more: &[&[u8]], piece| list(&[&alone, &more.concat()[..]].concat(), piece);
    let zeros = [0; 700];
    for piece in (1..40).chain([512, 100_000]) {
        assert_eq!(behind(&[&zeros], piece).as_ref(), Ok(&listing), "{piece}");
        assert_eq!(behind(&[&EMPTY_MEMBER], piece).as_ref(), Ok(&listing), "{piece}");
        assert_eq!(behind(&[&EMPTY_MEMBER, &EMPTY_MEMBER, &zeros], piece).as_ref(), Ok(&listing), "{piece}");
        assert_eq!(behind(&[&zeros, b"x"], piece), Err(ArchiveError::TrailingData), "{piece}");
        for cut in 1..EMPTY_MEMBER.len() {
            assert_eq!(behind(&[&EMPTY_MEMBER[..cut]], piece), Err(ArchiveError::Truncated), "{cut} in {piece}");
        }
    }
}

#[test]
fn a_changed_header_of_a_tar_is_noticed() {
    let bytes = read("python-ustar.tar");
    for at in 0..512 {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        match list(&changed, 512) {
            Err(error) => assert_eq!(error, ArchiveError::NotAnArchive),
            // Octal numbers may begin with a zero or a space.
            Ok(listing) => assert_eq!(Ok(listing), list(&bytes, 512), "byte {at}"),
        }
    }
}

#[test]
fn nothing_and_anything_else_are_no_archives() {
    for bytes in [&b""[..], b"x", b"\x1f\x8b", b"hello, this is no archive at all", &[0; 100], &[0xff; 5000]] {
        assert!(list(bytes, 7).unwrap_err().is_damage(), "{bytes:?}");
    }
}

/// A file of zeros in a tar, in one gzip stream.
fn zeros(size: u64) -> impl Iterator<Item = Vec<u8>> {
    let mut header = [0u8; 512];
    header[..4].copy_from_slice(b"zero");
    header[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    header[148..156].copy_from_slice(b"        ");
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut deflate = miniz_oxide::deflate::core::CompressorOxide::default();
    deflate.set_format_and_level(miniz_oxide::DataFormat::Raw, 9);
    let pieces = std::iter::once(header.to_vec()).chain((0..size >> 20).map(|_| vec![0; 1 << 20]));
    let start = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    std::iter::once(start).chain(pieces.map(move |piece| {
        let mut out = vec![0; piece.len() + 1024];
        let flush = miniz_oxide::MZFlush::Sync;
        let done = miniz_oxide::deflate::stream::deflate(&mut deflate, &piece, &mut out, flush);
        assert_eq!(done.bytes_consumed, piece.len());
        out.truncate(done.bytes_written);
        out
    }))
}

#[test]
fn a_decompression_bomb_is_stopped() {
    let mut lister = ArchiveLister::default();
    let mut taken = 0;
    for piece in zeros(2 << 30) {
        taken += piece.len();
        if let Err(error) = lister.update(&piece) {
            assert_eq!(error, ArchiveError::TooLarge);
            assert!(taken < 1 << 20, "noticed after {taken} bytes");
            return;
        }
    }
    panic!("two gigabytes of zeros were unpacked");
}

#[test]
fn too_many_members_are_stopped() {
    let one = read("python-ustar.tar");
    // The header of a small file, made one of an empty file with another name each time.
    let mut lister = ArchiveLister::default();
    for number in 0..1 << 20 {
        let mut header = one[..512].to_vec();
        header[..100].fill(0);
        header[..10].copy_from_slice(format!("d{number:09}").as_bytes());
        header[124..135].fill(b'0');
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        if let Err(error) = lister.update(&header) {
            assert_eq!(error, ArchiveError::TooManyMembers);
            return;
        }
    }
    panic!("a million members were listed");
}
