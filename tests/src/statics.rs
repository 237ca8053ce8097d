//! Bare servers of files, with nothing that a server could do for a page but a content type. Each is a proxy for the others
//! too: a browser that takes it for its own sees no other server in the world.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// A folder, and the headers that its server adds to every answer.
type Site = (PathBuf, String);

/// The servers of this program, by their authority.
static SITES: Mutex<BTreeMap<String, Arc<Site>>> = Mutex::new(BTreeMap::new());

/// Serves a folder until the program ends; gives its address. `headers` are whole lines.
pub fn serve(folder: &Path, headers: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let authority = listener.local_addr().expect("its address").to_string();
    let site = Arc::new((folder.to_owned(), headers.to_owned()));
    SITES.lock().expect("the servers").insert(authority.clone(), site.clone());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = site.clone();
            thread::spawn(move || answer(&stream, &site));
        }
    });
    format!("http://{authority}")
}

/// One request a connection. A browser that went away needs no answer, nor does one that asks for somebody out of reach.
fn answer(mut stream: &TcpStream, own: &Arc<Site>) -> Option<()> {
    let (head, body) = request(stream)?;
    let mut words = head.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let (site, path) = match target.strip_prefix("http://").and_then(|rest| rest.split_once('/')) {
        // By way of this one, for whichever it is.
        Some((authority, path)) => match site_at(authority) {
            Some(site) => (site, path),
            None => return pass_on(stream, authority, &head.replacen(target, &format!("/{path}"), 1), &body),
        },
        None => (own.clone(), target.trim_start_matches('/')),
    };
    if method == "OPTIONS" {
        return None;
    }
    let path = path.split('?').next()?.to_owned();
    let (folder, headers) = &*site;
    let file = folder.join(if path.is_empty() || path.ends_with('/') { path + "index.html" } else { path });
    let (status, body) = match fs::read(&file) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", b"<!doctype html>not here".to_vec()),
    };
    let (kind, length) = (kind(&file), body.len());
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n");
    stream.write_all(format!("{head}{headers}\r\n").as_bytes()).ok()?;
    stream.write_all(&body).ok()
}

/// In a function of its own: matched on in place, the lock would be held until whoever else is asked has answered, and all
/// sites of all tests would wait for the slowest of them.
fn site_at(authority: &str) -> Option<Arc<Site>> {
    SITES.lock().expect("the servers").get(authority).cloned()
}

/// A request's head, with the empty line that ends it, and its body.
fn request(stream: &TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        reader.read_line(&mut head).ok()?;
        let line = head.get(start..)?.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// To a server on this machine that is none of these, a log for one.
fn pass_on(mut stream: &TcpStream, authority: &str, head: &str, body: &[u8]) -> Option<()> {
    let mut upstream = TcpStream::connect(authority).ok()?;
    let lines = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:") && !line.is_empty());
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    upstream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).ok()?;
    upstream.write_all(body).ok()?;
    std::io::copy(&mut upstream, &mut stream).ok().map(|_| ())
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("js" | "mjs") => "text/javascript",
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        // As many servers have it, who know nothing of WebAssembly.
        _ => "application/octet-stream",
    }
}
