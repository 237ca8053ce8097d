//! Every parser on changed inputs: it never panics, what it accepts comes back from its encoder, and it holds no more
//! memory than a small multiple of the input. Memory is counted, not timed.
//!
//! The changes follow from a number, so that a failure repeats. `REKOR_MUTATIONS=20` runs twenty times as many.
#![allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose

use parsers::{PARSERS, Parser};
use peak_alloc::PeakAlloc;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

mod parsers;
mod seeds;
mod vectors;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Changed inputs a parser, and inputs made large.
const CASES: u64 = 3_000;
const LARGE_CASES: u64 = 30;

/// How large an input becomes, in bytes: by changes, and on purpose.
const MAX_CHANGED: usize = 16 * 1024;
const LARGE: usize = 256 * 1024;

/// What a parser may hold at once: so many bytes for each of the input, and so many beside. Lines and JSON values can be
/// as short as two bytes and take 24 to 32, in lists that grow by doubling; a decompressor's window and tables take 80 kB.
const PER_BYTE: usize = 40;
const BESIDE: usize = 128 * 1024;

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`; 0 where that is 0.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % (bound.max(1) as u64)) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    /// A range of up to `most` positions.
    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..(start + 1 + self.below(most)).min(length)
    }
}

/// What formats give a meaning to, and what they must not swallow.
const TOKENS: [&[u8]; 40] = [
    b"\n",
    b"\n\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\0",
    b"\x7f",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xe2\x80\x94 ",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"-0",
    b"1e9",
    b"0.5",
    b"+",
    b"=",
    b"==",
    b"quorum none\n",
    b"group g any a\n",
    b"index 0\n",
    b"extra ",
    b"-----",
    b"0,",
    b"{},",
    b"\"\",",
    b"x\n",
];

const NUMBERS: [&[u8]; 9] = [
    b"0",
    b"00",
    b"1",
    b"-1",
    b"255",
    b"65536",
    b"9223372036854775808",
    b"18446744073709551615",
    b"99999999999999999999",
];

fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let length = bytes.len();
    let range = random.range(length, 64);
    match random.below(11) {
        0 if length > 0 => bytes[range.start] ^= 1 << random.below(8),
        1 => bytes.truncate(range.start),
        2 => drop(bytes.drain(range)),
        3 => repeat(bytes, range, 1 + random.below(16)),
        4 => splice(bytes, range, &other[random.range(other.len(), 256)]),
        5 => replace_run(bytes, range.start, u8::is_ascii_digit, random.pick(&NUMBERS)),
        6 => edit_base64(bytes, range.start, random),
        7 => bytes[range]
            .iter_mut()
            .for_each(|b| *b = if b.is_ascii_lowercase() { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() }),
        8 => splice(bytes, range.start..range.start, random.pick(&TOKENS)),
        9 => splice(bytes, range, random.pick(&TOKENS)),
        _ => swap_lines(bytes, random),
    }
}

fn splice(bytes: &mut Vec<u8>, range: std::ops::Range<usize>, new: &[u8]) {
    bytes.splice(range, new.iter().copied());
}

fn repeat(bytes: &mut Vec<u8>, range: std::ops::Range<usize>, times: usize) {
    let piece = bytes[range.clone()].repeat(times);
    splice(bytes, range.end..range.end, &piece);
}

/// Replaces the first run of such bytes from `start` on.
fn replace_run(bytes: &mut Vec<u8>, start: usize, is: fn(&u8) -> bool, new: &[u8]) {
    let Some(first) = bytes[start..].iter().position(is) else { return };
    let first = start + first;
    let length = bytes[first..].iter().take_while(|b| is(b)).count();
    splice(bytes, first..first + length, new);
}

/// One character of base64 or hexadecimal more, less, or another.
fn edit_base64(bytes: &mut Vec<u8>, start: usize, random: &mut Random) {
    let digit = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
    let Some(at) = bytes[start..].windows(8).position(|run| run.iter().all(digit)) else { return };
    let at = start + at + random.below(8);
    let new = random.pick(&[&b"A"[..], b"B", b"f", b"F", b"=", b"/", b"-", b"", b"AA"]);
    splice(bytes, at..at + random.below(2), new);
}

fn swap_lines(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    let (a, b) = (random.below(lines.len()), random.below(lines.len()));
    lines.swap(a, b);
    *bytes = lines.join(&b'\n');
}

/// One input of `LARGE` bytes: a beginning of `seed`, one piece of it again and again, its end.
fn enlarge(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let range = random.range(seed.len(), 200);
    let piece = if random.below(4) == 0 { random.pick(&TOKENS) } else { &seed[range.clone()] };
    let mut bytes = seed[..range.end].to_vec();
    while !piece.is_empty() && bytes.len() < LARGE {
        bytes.extend(piece);
    }
    bytes.extend(&seed[range.end..]);
    bytes
}

/// Runs a parser on one input; whether it accepts.
fn run(name: &str, parser: Parser, bytes: &[u8], case: &str) -> bool {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let accepted = catch_unwind(AssertUnwindSafe(|| parser(bytes)));
    let held = MEMORY.peak_usage() - before;
    let shown = || bytes[..bytes.len().min(2000)].escape_ascii();
    let Ok(accepted) = accepted else { panic!("{name}, {case} panicked on:\n{}", shown()) };
    let allowed = PER_BYTE * bytes.len() + BESIDE;
    assert!(held <= allowed, "{name}, {case}: {held} bytes held for {} (allowed {allowed}):\n{}", bytes.len(), shown());
    accepted
}

/// How often `parser` accepted one of its changed inputs.
fn changed_inputs(name: &str, parser: Parser, seeds: &[Vec<u8>], cases: u64) -> u64 {
    let mut accepted = 0;
    for case in 0..cases {
        let mut random = Random(case << 8 ^ name.len() as u64);
        let mut bytes = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            change(&mut bytes, &seeds[random.below(seeds.len())], &mut random);
        }
        bytes.truncate(MAX_CHANGED);
        accepted += u64::from(run(name, parser, &bytes, &format!("case {case}")));
    }
    accepted
}

/// One test, since memory is counted for the whole process.
#[test]
fn every_parser_on_changed_inputs() {
    let times: u64 = std::env::var("REKOR_MUTATIONS").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    for (name, parser) in PARSERS {
        let seeds = seeds::of(name);
        let read = seeds.iter().filter(|seed| run(name, *parser, seed, "unchanged")).count();
        assert!(read > 0, "{name}: none of {} inputs is accepted as it is", seeds.len());
        let accepted = changed_inputs(name, *parser, &seeds, CASES * times);
        for case in 0..LARGE_CASES * times {
            let mut random = Random(case);
            let bytes = enlarge(&seeds[random.below(seeds.len())], &mut random);
            run(name, *parser, &bytes, &format!("large case {case}"));
        }
        println!(
            "{name}: {} inputs ({read} accepted), {accepted} of {} changed ones accepted",
            seeds.len(),
            CASES * times
        );
    }
}

/// For `fuzz/`: the same inputs, as files.
#[test]
#[ignore = "writes the folder fuzz/corpus"]
fn corpus_for_fuzzing() {
    for (name, _) in PARSERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (i, seed) in seeds::of(name).iter().enumerate() {
            std::fs::write(folder.join(i.to_string()), seed).unwrap();
        }
    }
}
