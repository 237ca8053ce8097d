//! Archives: what is listed is what GNU tar unpacked, and whatever would be doubtful is refused.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

mod vectors;

use rekor_verifier::check::archive::{ArchiveError, ArchiveLister, Compression, Listing, MAX_NAMES, MAX_PATH};
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

/// A header as POSIX has it, with the content behind it in whole blocks.
fn member(kind: u8, name: &str, link: &str, content: &[u8]) -> Vec<u8> {
    let mut block = vec![0u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link.as_bytes());
    block[257..265].copy_from_slice(b"ustar\x0000");
    seal(&mut block);
    block.extend(content);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

/// Writes the checksum of a header.
fn seal(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// pax records, each with its length in front.
fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = format!(" {key}={value}\n");
        let length = (1..).find(|digits| (rest.len() + digits).to_string().len() == *digits).unwrap();
        format!("{}{rest}", rest.len() + length).into_bytes()
    };
    records.iter().flat_map(record).collect()
}

/// A path of so many bytes, in parts of 200.
fn path(length: usize) -> String {
    (0..length).map(|at| if at % 201 == 200 && at + 1 < length { '/' } else { 'n' }).collect()
}

#[test]
fn what_extension_headers_say_holds_for_the_member_behind_them() {
    let whole = |blocks: &[Vec<u8>]| list(&blocks.concat(), 512);
    let symlinks = |blocks: &[Vec<u8>]| whole(blocks).unwrap().symlinks;
    let to = |target: &str| vec![("l".to_owned(), target.to_owned())];
    assert_eq!(symlinks(&[member(b'2', "l", "short", b"")]), to("short"));
    assert_eq!(symlinks(&[member(b'K', "", "", b"long\0"), member(b'2', "l", "short", b"")]), to("long"));
    let linkpath = member(b'x', "", "", &pax(&[("linkpath", "from pax")]));
    assert_eq!(symlinks(&[linkpath.clone(), member(b'2', "l", "short", b"")]), to("from pax"));
    let twice = [linkpath.clone(), linkpath, member(b'2', "l", "short", b"")];
    assert_eq!(whole(&twice), Err(ArchiveError::Tar("two names or sizes for one member")));

    // The size in the header is that of the content; the one in front of it counts.
    let mut five = member(b'0', "f", "", b"hello");
    five[124..136].copy_from_slice(b"00000000000\0");
    seal(&mut five[..512]);
    let sized = |size: &str| whole(&[member(b'x', "", "", &pax(&[("size", size)])), five.clone()]);
    assert_eq!(sized("5").unwrap().members[0].digests.size, Some(5));
    let most = (1u64 << 48).to_string();
    assert_eq!(sized(&most), Err(ArchiveError::Truncated));
    for size in ["281474976710657", "05", "-5", "five"] {
        assert_eq!(sized(size), Err(ArchiveError::Tar("a pax header that cannot be read")), "{size}");
    }
    let charset = member(b'x', "", "", &pax(&[("hdrcharset", "BINARY")]));
    assert_eq!(whole(&[charset, five.clone()]), Err(ArchiveError::Tar("names in another character set")));
}

#[test]
fn names_have_bounds() {
    let named = |kind, text: Vec<u8>| list(&[member(kind, "", "", &text), member(b'0', "f", "", b"")].concat(), 512);
    let long = |length| named(b'L', [path(length).as_bytes(), b"\0"].concat());
    assert_eq!(long(MAX_PATH).unwrap().members[0].path, path(MAX_PATH));
    for more in [1, 2] {
        assert_eq!(long(MAX_PATH + more), Err(ArchiveError::Tar("an extension header is too long")));
        let from_pax = named(b'x', pax(&[("path", &path(MAX_PATH + more))]));
        let what = "has a name that is too long for a disk";
        assert_eq!(from_pax, Err(ArchiveError::NotEmulated { member: path(MAX_PATH + more), what }));
    }
    assert_eq!(named(b'x', pax(&[("path", &path(MAX_PATH))])).unwrap().members[0].path, path(MAX_PATH));
    let one_part = "n".repeat(255);
    assert_eq!(named(b'x', pax(&[("path", &one_part)])).unwrap().members[0].path, one_part);
    for (size, expected) in [(1 << 20, None), ((1 << 20) + 1, Some("an extension header is too long"))] {
        let comment = "c".repeat(size - "1048576 comment=\n".len());
        let found = named(b'x', pax(&[("comment", &comment)]));
        assert_eq!(found.err(), expected.map(ArchiveError::Tar), "{size}");
    }
}

#[test]
fn a_name_of_nothing_is_a_folders_alone() {
    let whole = |kind, name: &str| list(&[member(kind, name, "t", b""), member(b'0', "f", "", b"")].concat(), 512);
    for (kind, name) in [(b'5', "."), (b'5', "./"), (b'0', "./"), (b'\0', "./"), (b'0', "d/")] {
        assert_eq!(whole(kind, name).unwrap().members.len(), 1, "{name} of kind {kind}");
    }
    for (kind, name) in [(b'0', "."), (b'2', "."), (b'2', "./"), (b'1', "./"), (b'0', "")] {
        let refused = ArchiveError::NotEmulated { member: name.to_owned(), what: "has no name" };
        assert_eq!(whole(kind, name), Err(refused), "{name} of kind {kind}");
    }
}

#[test]
fn only_the_first_header_decides_whether_it_is_an_archive() {
    let file = member(b'0', "f", "", b"");
    let mut unknown = file.clone();
    unknown[263..265].copy_from_slice(b"99");
    seal(&mut unknown);
    let mut damaged = file.clone();
    damaged[0] = b'g';
    for (block, what) in [(unknown, "a header of an unknown format"), (damaged, "the checksum of a header is wrong")] {
        assert_eq!(list(&block, 512), Err(ArchiveError::NotAnArchive));
        assert_eq!(list(&[file.clone(), block].concat(), 512), Err(ArchiveError::Tar(what)));
    }
}

/// The bytes of all names together are bounded before their number is.
#[test]
fn names_are_bounded_together() {
    let mut lister = ArchiveLister::default();
    let mut link = member(b'2', &"n".repeat(99), &"t".repeat(100), b"");
    let mut add = |name: usize, target: usize| {
        link[..99].fill(b'n');
        link[..9].copy_from_slice(format!("{name:09}").as_bytes());
        link[157..257].fill(0);
        link[157..157 + target].fill(b't');
        seal(&mut link);
        lister.update(&link)
    };
    // 199 bytes each, and then what is left to the last byte.
    for name in 0..MAX_NAMES / 199 - 1 {
        assert_eq!(add(name, 100), Ok(()), "{name}");
    }
    let left = MAX_NAMES - (MAX_NAMES / 199 - 1) * 199;
    assert!((199..300).contains(&left), "{left}");
    assert_eq!(add(900_000_000, left / 2 - 99), Ok(()));
    assert_eq!(add(900_000_001, left - left / 2 - 99), Ok(()), "to the last byte");
    assert_eq!(add(900_000_002, 1), Err(ArchiveError::TooManyMembers));
}

/// The header of a gzip member with these flags, an extra field and what else stands in it (RFC 1952 §2.3.1).
fn gzip_header(flags: u8, extra: &[u8], rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(extra.len()).unwrap().to_le_bytes();
    [&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3][..], &length, extra, rest].concat()
}

#[test]
fn headers_of_a_gzip_have_bounds_and_one_method() {
    let tar = member(b'0', "f", "", b"");
    let content = miniz_oxide::deflate::compress_to_vec(&tar, 6);
    // The same content as in this archive, whose trailer is behind it then.
    let trailer = [crc32(&tar).to_le_bytes(), (tar.len() as u32).to_le_bytes()].concat();
    let behind = |header: &[u8], piece| list(&[header, &content, &trailer].concat(), piece);
    for piece in [1000, 100_000, 1 << 20] {
        for extra in [0, 1, 3, 5, 65_535] {
            let named = gzip_header(4 | 8 | 16 | 2, &vec![7; extra], b"name\0comment\0\x12\x34");
            assert_eq!(behind(&named, piece).unwrap().members.len(), 1, "{extra}");
        }
        // 12 bytes, the extra field, the name and its end come to 128 KiB, and to one byte more.
        let longest = |more: usize| {
            gzip_header(4 | 8, &[7; 60_000], &[vec![b'n'; 131_072 - 60_012 - 1 + more], vec![0]].concat())
        };
        assert_eq!(behind(&longest(0), piece).unwrap().members.len(), 1);
        for more in [1, 2, 40_000] {
            assert_eq!(behind(&longest(more), piece), Err(ArchiveError::Gzip("a header without an end")), "{more}");
        }
    }
    let strange = Err(ArchiveError::Gzip("a method or flag that gzip does not have"));
    for (at, byte) in [(2, 7), (2, 9), (3, 0x20), (3, 0x40), (3, 0x80)] {
        let mut header = EMPTY_MEMBER[..10].to_vec();
        assert!(behind(&header, 512).is_ok());
        header[at] = byte;
        assert_eq!(behind(&header, 512), strange, "{byte} at {at}");
    }
}

/// CRC-32 bit by bit (RFC 1952 §8).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[test]
fn a_gzip_has_so_many_members_and_no_more() {
    let tar = read("gnu-posix.tar.gz");
    let members = |more: usize| list(&[&tar[..], &EMPTY_MEMBER.repeat(more)].concat(), 1 << 20);
    assert_eq!(members((1 << 16) - 1), list(&tar, 512));
    assert_eq!(members(1 << 16), Err(ArchiveError::TooManyMembers));
}
