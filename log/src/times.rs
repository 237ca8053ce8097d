//! When an entry became durable: the time of the commit that added it, found in `commits` by bisection.

use crate::flat::{FileError, Flat};
use serde::Deserialize;

/// Bytes read at once: a record is shorter, nearly always.
const CHUNK: u64 = 4096;

/// The longest record, in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// What is read of a record.
#[derive(Deserialize)]
struct Brief {
    size: u64,
    time: u64,
}

/// A record that was found.
struct Found {
    start: u64,
    end: u64,
    brief: Brief,
}

/// The time of the first of the records, in the first `length` bytes of `commits`, whose tree has entry `index`, in
/// seconds since 1970. `None` if no tree has it.
pub(crate) fn time_of(commits: &Flat, length: u64, index: u64) -> Result<Option<u64>, FileError> {
    // The record that is looked for does not begin before `low`, where a record begins; one that has the entry begins
    // at or behind `high`, or none does.
    let (mut low, mut high) = (0, length);
    while high - low > CHUNK {
        let middle = low + (high - low) / 2;
        match next_record(commits, length, middle)? {
            Some(found) if found.start < high && found.brief.size > index => high = found.start,
            Some(found) if found.start < high => low = found.end,
            _ => high = middle,
        }
    }
    while let Some(found) = record_at(commits, length, low)? {
        if found.brief.size > index {
            return Ok(Some(found.brief.time));
        }
        low = found.end;
    }
    Ok(None)
}

/// The first record that begins behind byte `at`.
fn next_record(commits: &Flat, length: u64, at: u64) -> Result<Option<Found>, FileError> {
    match line_at(commits, length, at)? {
        Some(rest) => record_at(commits, length, at + rest.len() as u64),
        None => Ok(None),
    }
}

fn record_at(commits: &Flat, length: u64, start: u64) -> Result<Option<Found>, FileError> {
    let Some(line) = line_at(commits, length, start)? else { return Ok(None) };
    let brief = serde_json::from_slice(&line).ok();
    Ok(brief.map(|brief| Found { start, end: start + line.len() as u64, brief }))
}

/// From byte `start` to the end of the line, `None` if there is no such end.
fn line_at(commits: &Flat, length: u64, start: u64) -> Result<Option<Vec<u8>>, FileError> {
    let mut take = CHUNK;
    loop {
        let available = length.saturating_sub(start).min(take);
        let mut bytes = commits.read(start, available as usize)?;
        if let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            bytes.truncate(end + 1);
            return Ok(Some(bytes));
        }
        if available < take || take >= MAX_LINE {
            return Ok(None);
        }
        take *= 4;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // A test that cannot go on should stop where it is.
    use super::*;
    use crate::flat::create;
    use std::fmt::Write as _;

    /// Records of `sizes`, each with its position as its time, some of them long.
    fn commits(sizes: &[u64]) -> (tempfile::TempDir, Flat, u64) {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::new();
        for (time, size) in sizes.iter().enumerate() {
            let padding = if time % 9 == 8 { 9_000 } else { 300 + time % 80 };
            writeln!(text, r#"{{"version":1,"size":{size},"time":{time},"x":"{:padding$}"}}"#, "").unwrap();
        }
        let path = folder.path().join("commits");
        create(&path, text.as_bytes(), false).unwrap();
        (folder, Flat::open_to_read(path).unwrap(), text.len() as u64)
    }

    #[test]
    fn the_first_tree_that_has_an_entry_gives_its_time() {
        // Batches of several sizes, and records that add no entry.
        for count in [1, 2, 7, 40, 500] {
            let mut sizes = vec![0];
            (1..count).for_each(|i| sizes.push(sizes[i - 1] + (i as u64 * 7) % 4));
            let (_folder, file, length) = commits(&sizes);
            for index in 0..=sizes[count - 1] {
                let expected = sizes.iter().position(|size| *size > index).map(|time| time as u64);
                assert_eq!(time_of(&file, length, index).unwrap(), expected, "entry {index} of {count} records");
            }
        }
    }
}
