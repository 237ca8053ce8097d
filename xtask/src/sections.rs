//! WebAssembly modules, section by section (WebAssembly core specification, 5.5): what nobody needs to load is taken out.

use crate::trouble::{Doing, Result, Trouble};
use std::fs;
use std::path::Path;

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const CUSTOM: u8 = 0;
const IMPORT: u8 = 2;
const CODE: u8 = 10;

/// The module without its custom sections: names for debuggers, and notes of the tools that made it.
pub fn without_names(module: &[u8]) -> Result<Vec<u8>> {
    edit(module, |kind, content| Ok((kind != CUSTOM).then(|| content.to_vec())))
}

/// Gives what each bound module in this folder imports from its own script short names, there and in the script.
/// wasm-bindgen calls each after what it does and by a digest, which does not pack: of the page's own module that is a
/// twentieth.
pub fn shorten_imports(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).doing("reading", folder)? {
        let name = entry.doing("reading", folder)?.file_name();
        if let Some(name) = name.to_str().and_then(|name| name.strip_suffix("_bg.wasm")) {
            shorten_imports_of(folder, name)?;
        }
    }
    Ok(())
}

/// The functions of a module.
#[derive(Default)]
pub struct Functions<'a> {
    /// How many come from elsewhere; they are counted first.
    pub imported: usize,
    /// The others.
    pub bodies: Vec<&'a [u8]>,
}

/// What functions a module has.
pub fn functions(module: &[u8]) -> Result<Functions<'_>> {
    let mut functions = Functions::default();
    let mut reader = Reader(module);
    reader.take(HEADER.len())?;
    while !reader.0.is_empty() {
        let kind = reader.take(1)?[0];
        let mut content = Reader(reader.bytes()?);
        match kind {
            IMPORT => functions.imported = imported_functions(&mut content)?,
            CODE => {
                let count = content.number()?;
                functions.bodies = (0..count).map(|_| content.bytes()).collect::<Result<_>>()?;
            }
            _ => {}
        }
    }
    Ok(functions)
}

fn imported_functions(content: &mut Reader<'_>) -> Result<usize> {
    let mut functions = 0;
    for _ in 0..content.number()? {
        for _source_and_name in 0..2 {
            content.bytes()?;
        }
        // Of what kind, then: the type of a function, or of a table's elements and its limits, of a memory, a global.
        match content.take(1)?[0] {
            0 => {
                content.number()?;
                functions += 1;
            }
            1 => {
                content.take(1)?;
                content.limits()?;
            }
            2 => content.limits()?,
            _ => {
                content.take(2)?;
            }
        }
    }
    Ok(functions)
}

/// The module with names for its functions, the first of which has this number.
pub fn with_names(module: &[u8], first: usize, names: &[String]) -> Vec<u8> {
    let mut map = leb(names.len());
    for (number, name) in (first..).zip(names) {
        map.extend(leb(number));
        put(&mut map, name.as_bytes());
    }
    let mut content = Vec::new();
    put(&mut content, b"name");
    content.push(1);
    put(&mut content, &map);
    let mut out = module.to_vec();
    out.push(CUSTOM);
    put(&mut out, &content);
    out
}

fn shorten_imports_of(folder: &Path, name: &str) -> Result<()> {
    let (module, script) = (folder.join(format!("{name}_bg.wasm")), folder.join(format!("{name}.js")));
    let bytes = fs::read(&module).doing("reading", &module)?;
    let mut text = fs::read_to_string(&script).doing("reading", &script)?;
    let (bytes, names) = rename_imports(&bytes, &format!("./{name}_bg.js"))?;
    for (number, old) in names.iter().enumerate() {
        let entry = format!("\n        {old}: function");
        if text.matches(&entry).count() != 1 {
            return Err(Trouble::Unexpected(format!("expected once in {}: {old}", script.display())));
        }
        text = text.replacen(&entry, &format!("\n        {}: function", short(number)), 1);
    }
    fs::write(&module, bytes).doing("writing", &module)?;
    fs::write(&script, text).doing("writing", &script)
}

/// The module in which each function imported from `from` goes by its number among them, and their former names.
fn rename_imports(module: &[u8], from: &str) -> Result<(Vec<u8>, Vec<String>)> {
    let mut names = Vec::new();
    let edited = edit(module, |kind, content| match kind {
        IMPORT => renamed(content, from, &mut names).map(Some),
        _ => Ok(Some(content.to_vec())),
    })?;
    Ok((edited, names))
}

fn renamed(content: &[u8], from: &str, names: &mut Vec<String>) -> Result<Vec<u8>> {
    let mut reader = Reader(content);
    let count = reader.number()?;
    let mut out = leb(count);
    for _ in 0..count {
        let (source, name) = (reader.bytes()?, reader.bytes()?);
        let (kind, index) = (reader.take(1)?, reader.number()?);
        if kind != [0] {
            return Err(Trouble::Unexpected("a module of the page imports something that is no function".to_owned()));
        }
        put(&mut out, source);
        if source == from.as_bytes() {
            let name = String::from_utf8_lossy(name).into_owned();
            put(&mut out, short(names.iter().position(|known| *known == name).unwrap_or(names.len())).as_bytes());
            if !names.contains(&name) {
                names.push(name);
            }
        } else {
            put(&mut out, name);
        }
        out.push(0);
        out.extend(leb(index));
    }
    Ok(out)
}

/// `a` to `z`, `ba` and so on: the digits of a number of base 26.
fn short(number: usize) -> String {
    let digit = char::from(b'a' + (number % 26) as u8);
    match number / 26 {
        0 => digit.to_string(),
        rest => format!("{}{digit}", short(rest)),
    }
}

/// The module with each section as `change` wants it.
fn edit(module: &[u8], mut change: impl FnMut(u8, &[u8]) -> Result<Option<Vec<u8>>>) -> Result<Vec<u8>> {
    let mut reader = Reader(module);
    if reader.take(HEADER.len())? != HEADER {
        return Err(Trouble::Unexpected("a module of the page is not WebAssembly 1".to_owned()));
    }
    let mut out = HEADER.to_vec();
    while !reader.0.is_empty() {
        let kind = reader.take(1)?[0];
        if let Some(content) = change(kind, reader.bytes()?)? {
            out.push(kind);
            put(&mut out, &content);
        }
    }
    Ok(out)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(leb(bytes.len()));
    out.extend(bytes);
}

/// A number in LEB128.
fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let short = || Trouble::Unexpected("a module of the page ends early".to_owned());
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A number in LEB128, of at most 32 bits.
    fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = usize::from(self.take(1)?[0]);
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Trouble::Unexpected("a module of the page has a number of more than 32 bits".to_owned()))
    }

    /// The size of a table or a memory: a flag, the least, and the most where the flag says so.
    fn limits(&mut self) -> Result<()> {
        let flag = self.take(1)?[0];
        for _ in 0..=flag & 1 {
            self.number()?;
        }
        Ok(())
    }

    /// Bytes after their count.
    fn bytes(&mut self) -> Result<&'a [u8]> {
        let count = self.number()?;
        self.take(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test fails by panicking
    use super::*;

    fn module(sections: &[(u8, &[u8])]) -> Vec<u8> {
        let mut out = HEADER.to_vec();
        for (kind, content) in sections {
            out.push(*kind);
            put(&mut out, content);
        }
        out
    }

    #[test]
    fn imports_of_the_script_go_by_numbers_and_others_keep_their_names() {
        let imports = b"\x04\x01m\x06__wbg1\0\x05\x01n\x05other\0\x06\x01m\x06__wbg2\0\x07\x01m\x06__wbg1\0\x08";
        let (edited, names) = rename_imports(&module(&[(1, b"t"), (IMPORT, imports)]), "m").unwrap();
        assert_eq!(names, ["__wbg1", "__wbg2"]);
        let expected = b"\x04\x01m\x01a\0\x05\x01n\x05other\0\x06\x01m\x01b\0\x07\x01m\x01a\0\x08";
        assert_eq!(edited, module(&[(1, b"t"), (IMPORT, expected)]));
    }

    #[test]
    fn custom_sections_go() {
        assert_eq!(without_names(&module(&[(CUSTOM, b"\x04name"), (3, b"f")])).unwrap(), module(&[(3, b"f")]));
    }

    #[test]
    fn functions_are_counted_behind_those_from_elsewhere_and_get_names() {
        let imports = b"\x05\x01m\x01a\0\x05\x01m\x01b\x01\x70\x01\x02\x03\x01m\x01c\x02\0\x07\x01m\x01d\x03\x7f\0\x01m\x01e\0\x06";
        let module = module(&[(1, b"t"), (IMPORT, imports), (CODE, b"\x02\x01x\x02yz")]);
        let found = functions(&module).unwrap();
        assert_eq!((found.imported, &found.bodies[..]), (2, &[&b"x"[..], b"yz"][..]));
        let named = with_names(&module, 2, &["one".to_owned(), "2".to_owned()]);
        assert_eq!(named[module.len()..], *b"\0\x10\x04name\x01\x09\x02\x02\x03one\x03\x012");
        assert_eq!(without_names(&named).unwrap(), module);
        assert!(functions(&module[..module.len() - 1]).is_err());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for bytes in [&b""[..], b"\0asm\x02\0\0\0", b"\0asm\x01\0\0\0\x02\x05\x01", b"\0asm\x01\0\0\0\x02\x01\x01"] {
            assert!(rename_imports(bytes, "m").is_err(), "{bytes:?}");
        }
        let memory = module(&[(IMPORT, b"\x01\x01m\x01a\x02\0")]);
        assert!(rename_imports(&memory, "m").is_err());
    }

    #[test]
    fn numbers_are_short_and_differ() {
        assert_eq!([0, 25, 26, 700].map(short), ["a", "z", "ba", "bay"]);
        assert_eq!(leb(300), [0xac, 2]);
        assert_eq!(Reader(&[0xac, 2]).number().unwrap(), 300);
    }
}
