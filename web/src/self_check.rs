//! Holds the files of the page against the list of its release.

use crate::listeners::{Given, made};
use crate::transport::{fresh_file, own_file};
use crate::worker::describe;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// The release's list, as `sha256sum` writes it: lines of a digest, two spaces and a path.
pub const LIST: &str = "files.txt";

/// What lies beside the list where it was recorded: a link that names it, and the receipt of a log.
pub const RECORD: [&str; 2] = ["files.txt.link", "files.txt.tlog-proof"];

/// The greatest size of the list and of what lies beside it, and of a file of the page, in bytes.
const LIST_LIMIT: usize = 64 * 1024;
const FILE_LIMIT: usize = 16 * 1024 * 1024;

/// What came of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// What this browser runs and what the server has are what the list says.
    AsListed,
    /// This browser has another file.
    OtherHere,
    /// The server has another file, or none.
    OtherThere,
}

/// The whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// SHA-256 of the list, lower-case hex.
    pub list: String,
    /// The files, in the list's order.
    pub files: Vec<(String, Found)>,
    /// The list, and what lies beside it to show that it is recorded; none where nothing does.
    pub record: Vec<Given>,
}

/// Checks every file of the list that the server has now.
pub async fn check() -> Result<Checked, String> {
    let list = fresh_file(&format!("./{LIST}"), LIST_LIMIT).await.map_err(|reason| format!("{LIST}: {reason}"))?;
    let text = String::from_utf8(list.clone()).map_err(|_| format!("{LIST} is not text"))?;
    let mut files = Vec::new();
    for (digest, path) in parse(&text)? {
        let found = if !same(fresh_file(&address(path), FILE_LIMIT).await, digest).await? {
            Found::OtherThere
        } else if !same(own_file(&address(path), FILE_LIMIT).await, digest).await? {
            Found::OtherHere
        } else {
            Found::AsListed
        };
        files.push((path.to_owned(), found));
    }
    Ok(Checked { list: sha256(&list).await?, files, record: record(&list).await })
}

/// The list with its link and receipt, or with one of them. What cannot be had is not there.
async fn record(list: &[u8]) -> Vec<Given> {
    let mut files = Vec::new();
    for name in RECORD {
        if let Ok(bytes) = fresh_file(&format!("./{name}"), LIST_LIMIT).await {
            files.extend(made(name, &bytes));
        }
    }
    if !files.is_empty() {
        files.extend(made(LIST, list));
    }
    files
}

/// The page goes by its folder's address.
fn address(path: &str) -> String {
    match path {
        "index.html" => "./".to_owned(),
        other => format!("./{other}"),
    }
}

/// A file that cannot be had is another one.
async fn same(file: Result<Vec<u8>, String>, digest: &str) -> Result<bool, String> {
    match file {
        Ok(bytes) => Ok(sha256(&bytes).await? == digest),
        Err(_) => Ok(false),
    }
}

fn parse(text: &str) -> Result<Vec<(&str, &str)>, String> {
    let lines = text.lines().enumerate();
    let files = lines.map(|(number, text)| line(text).ok_or_else(|| format!("{LIST}: line {}", number + 1)));
    let files: Vec<(&str, &str)> = files.collect::<Result<_, _>>()?;
    match files.is_empty() {
        true => Err(format!("{LIST} is empty")),
        false => Ok(files),
    }
}

/// A digest and the path of a file of this page, below its own folder.
fn line(text: &str) -> Option<(&str, &str)> {
    let (digest, path) = text.split_once("  ")?;
    let hex = digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let below = path.split('/').all(|part| !["", ".", ".."].contains(&part)) && !path.contains(['?', '#', '\\', ':']);
    (hex && below).then_some((digest, path))
}

/// By the browser: the page itself holds no cryptography.
async fn sha256(bytes: &[u8]) -> Result<String, String> {
    let subtle =
        web_sys::window().and_then(|window| window.crypto().ok()).ok_or("this browser has no WebCrypto")?.subtle();
    let digest = subtle.digest_with_str_and_u8_array("SHA-256", bytes).map_err(|error| describe(&error))?;
    let buffer = JsFuture::from(digest).await.map_err(|error| describe(&error))?;
    let digest = Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()).to_vec();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_list_names_files_of_this_page_only() {
        let digest = "0a".repeat(32);
        let line = format!("{digest}  style/a.css\n");
        assert_eq!(parse(&line), Ok(vec![(digest.as_str(), "style/a.css")]));
        for path in ["", "../x", "/x", "a//b", "https://evil.example/x", "a?b", "a#b", "."] {
            assert!(parse(&format!("{digest}  {path}\n")).is_err(), "{path}");
        }
        assert!(parse("").is_err());
        assert!(parse("00  a\n").is_err());
    }
}
