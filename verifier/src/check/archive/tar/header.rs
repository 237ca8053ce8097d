//! What tar's headers say: the fields of a block, and the extension headers before a member.

use super::ArchiveError;
use crate::bytes::decimal;

/// Everything in a tar archive comes in blocks of so many bytes.
pub(super) const BLOCK: usize = 512;

/// The largest file that a header may announce, in bytes: sums stay far from overflow.
const MAX_SIZE: u64 = 1 << 48;

/// The magic and version of POSIX's header, which alone has a prefix for names.
const POSIX: &[u8; 8] = b"ustar\x0000";
const GNU: &[u8; 8] = b"ustar  \0";
/// Before POSIX there was no magic.
const V7: &[u8; 8] = &[0; 8];

/// The fields of a header that decide what is written where.
pub(super) struct Header<'a> {
    block: &'a [u8],
    /// The type flag.
    pub kind: u8,
    /// Bytes that follow.
    pub size: u64,
}

impl<'a> Header<'a> {
    /// Reads a block of [`BLOCK`] bytes.
    pub fn parse(block: &'a [u8]) -> Result<Self, ArchiveError> {
        let value = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) };
        let sum: u64 = block.iter().enumerate().map(value).sum();
        if number(&block[148..156]) != Some(sum) {
            return Err(ArchiveError::Tar("the checksum of a header is wrong"));
        }
        if ![POSIX, GNU, V7].iter().any(|magic| block[257..265] == **magic) {
            return Err(ArchiveError::Tar("a header of an unknown format"));
        }
        let size = number(&block[124..136]).filter(|size| *size <= MAX_SIZE);
        let size = size.ok_or(ArchiveError::Tar("a size that is no number"))?;
        Ok(Self { block, kind: block[156], size })
    }

    /// The member's name, with POSIX's prefix.
    pub fn name(&self) -> Result<String, ArchiveError> {
        let name = c_string(&self.block[..100])?;
        let prefix = match self.block[257..265] == *POSIX {
            true => c_string(&self.block[345..500])?,
            false => String::new(),
        };
        Ok(if prefix.is_empty() { name } else { format!("{prefix}/{name}") })
    }

    /// What a link leads to.
    pub fn link(&self) -> Result<String, ArchiveError> {
        c_string(&self.block[157..257])
    }
}

/// A number in octal digits, or, where the first bit is set, in base 256 (GNU). Nothing but NULs is 0; nothing but
/// spaces is no number: GNU tar skips such a member and fails, others take it for empty.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        return rest.iter().try_fold(0u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    // Like GNU tar: one NUL that a longer field before may have left, spaces, digits.
    let text = std::str::from_utf8(field.strip_prefix(b"\0").unwrap_or(field)).ok()?.trim_start_matches(' ');
    if text.is_empty() {
        return None;
    }
    let digits = text.trim_end_matches([' ', '\0']);
    match digits.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
        true if digits.is_empty() => Some(0),
        true => u64::from_str_radix(digits, 8).ok(),
        false => None,
    }
}

/// The text up to the first NUL.
pub(super) fn c_string(field: &[u8]) -> Result<String, ArchiveError> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let text = std::str::from_utf8(&field[..end]);
    text.map(str::to_owned).map_err(|_| ArchiveError::Tar("a name that is not UTF-8"))
}

/// What extension headers say about the member that follows them.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// Its name.
    pub path: Option<String>,
    /// What it leads to, if it is a link.
    pub link: Option<String>,
    /// Its size.
    pub size: Option<u64>,
}

impl Extensions {
    pub fn set_path(&mut self, path: String) -> Result<(), ArchiveError> {
        once(&mut self.path, path)
    }

    pub fn set_link(&mut self, link: String) -> Result<(), ArchiveError> {
        once(&mut self.link, link)
    }

    /// Reads pax records `<length> <key>=<value>\n`, the length counting all of it.
    pub fn read_pax(&mut self, mut text: &[u8]) -> Result<(), ArchiveError> {
        while !text.is_empty() {
            let malformed = ArchiveError::Tar("a pax header that cannot be read");
            let (key, value) = pax_record(&mut text).ok_or(malformed.clone())?;
            let name = || std::str::from_utf8(value).ok().filter(|name| !name.contains('\0')).map(str::to_owned);
            match key {
                b"path" => self.set_path(name().ok_or(malformed)?)?,
                b"linkpath" => self.set_link(name().ok_or(malformed)?)?,
                b"size" => {
                    let size = name().and_then(|text| decimal(&text)).filter(|size| *size <= MAX_SIZE);
                    once(&mut self.size, size.ok_or(malformed)?)?;
                }
                b"hdrcharset" => return Err(ArchiveError::Tar("names in another character set")),
                key if key.starts_with(b"GNU.") => return Err(ArchiveError::Tar("a sparse file")),
                // Times, owners, attributes: nothing that changes what is written, or where.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Two headers that say the same thing of one member are read differently by different programs.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), ArchiveError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(ArchiveError::Tar("two names or sizes for one member")),
    }
}

fn pax_record<'a>(text: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let space = text.iter().take(20).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(std::str::from_utf8(&text[..space]).ok()?)?).ok()?;
    let record = text.get(space + 1..length)?.strip_suffix(b"\n")?;
    *text = &text[length..];
    let equals = record.iter().position(|byte| *byte == b'=')?;
    Some((&record[..equals], &record[equals + 1..]))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_as_gnu_tar_reads_them() {
        for (field, expected) in [
            (&b"\0\0\0\0\0\0\0\0\0\0\0\0"[..], Some(0)),
            (b"            ", None),
            (b"\0           ", None),
            (b"    \0       ", Some(0)),
            (b"00000000017\0", Some(15)),
            (b"\0       17 \0", Some(15)),
            (b"\0\0      17 \0", None),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", Some(256)),
        ] {
            assert_eq!(number(field), expected, "{field:?}");
        }
    }
}
