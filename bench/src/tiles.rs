//! Reading tiles, and nginx beside, which serves the same tiles as files.

use crate::Trouble;
use crate::process::{Process, free_address, quiet, run};
use crate::wire;
use rekor_verifier::format::tile::{BundleId, TileId, WIDTH};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

/// Connections that read.
pub const CONNECTIONS: usize = 32;

/// Number of entries, from the log's checkpoint.
pub fn size(address: &str) -> Result<u64, Trouble> {
    let mut answer = String::new();
    let ask = format!("GET /checkpoint HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(ask.as_bytes())?;
        stream.read_to_string(&mut answer)
    });
    asked.map_err(|error| Trouble::new(format!("cannot ask {address} for its checkpoint: {error}")))?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    let size = body.and_then(|note| note.lines().nth(1)?.parse().ok());
    size.ok_or_else(|| Trouble::new(format!("{address} has no checkpoint: {answer}")))
}

/// The paths of all full tiles of level 0.
pub fn hash_tiles(size: u64) -> Vec<String> {
    let width = WIDTH as u16;
    (0..size / WIDTH).map(|index| format!("/{}", TileId { level: 0, index, width }.path())).collect()
}

/// The paths of all full entry bundles.
pub fn bundles(size: u64) -> Vec<String> {
    let width = WIDTH as u16;
    (0..size / WIDTH).map(|index| format!("/{}", BundleId { index, width }.path())).collect()
}

/// `count` requests over `paths`, in an order that jumps about.
pub fn requests(address: &str, paths: &[String], count: usize) -> Vec<Vec<u8>> {
    let path = |number: usize| paths.get(number.wrapping_mul(7919) % paths.len().max(1));
    (0..count).filter_map(path).map(|path| wire::get(address, path)).collect()
}

/// nginx over the exported log, with what it offers for static files: sendfile, and open files kept.
pub fn nginx(nginx: &Path, rekor: &Path, log: &Path, work: &Path) -> Result<Process, Trouble> {
    let (root, address, own) = (work.join("export"), free_address()?, work.join("nginx"));
    run(quiet(rekor).arg("export").arg(log).arg(&root))?;
    let (place, root) = (own.display(), root.display());
    let configuration = format!(
        "daemon off; pid {place}/pid; error_log {place}/error.log; worker_processes auto;
         events {{ worker_connections 1024; }}
         http {{
             access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
             open_file_cache max=100000 inactive=60s; open_file_cache_valid 60s;
             client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c;
             uwsgi_temp_path {place}/d; scgi_temp_path {place}/e; default_type application/octet-stream;
             server {{
                 listen {address}; root {root};
                 add_header Cache-Control \"public, max-age=31536000, immutable\";
             }}
         }}"
    );
    let file = own.join("nginx.conf");
    let written = fs::create_dir_all(&own).and_then(|()| fs::write(&file, configuration));
    written.map_err(|error| Trouble::new(format!("cannot write {}: {error}", file.display())))?;
    Process::start(quiet(nginx).arg("-p").arg(&own).arg("-c").arg(&file), &address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_full_tiles() {
        assert_eq!(hash_tiles(600), ["/tile/0/000", "/tile/0/001"]);
        assert_eq!(bundles(512), ["/tile/entries/000", "/tile/entries/001"]);
        assert!(hash_tiles(255).is_empty() && requests("x", &[], 3).is_empty());
    }
}
