//! HTTP for the command line: bounded in time and size, no redirects to elsewhere.

use crate::Failure;
use rekor_client::{Ask, Method, Response};
use std::io::Read;
use std::time::Duration;

/// A connection to logs.
pub struct Transport(ureq::Agent);

impl Transport {
    /// Every request ends after `timeout`.
    pub fn new(timeout: Duration) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("rekor/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }

    /// Makes a request; the error says why there is no answer.
    pub fn send(&self, ask: &Ask) -> Result<Response, String> {
        self.send_and_locate(ask).map(|(response, _)| response)
    }

    /// Makes a request; beside the answer its header `Location`, where there is one.
    pub fn send_and_locate(&self, ask: &Ask) -> Result<(Response, Option<String>), String> {
        let json = "application/json";
        let response = match (&ask.method, &ask.body) {
            (Method::Get, _) => self.0.get(&ask.url).call(),
            (Method::Post, body) => self.0.post(&ask.url).content_type(json).send(body.as_deref().unwrap_or_default()),
        };
        let mut response = response.map_err(|error| error.to_string())?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let truncated = header("rekor-truncated") == Some("true");
        let location = header("location").map(str::to_owned);
        let status = response.status().as_u16();
        let mut body = Vec::new();
        // The limit is on the bytes after decompression.
        let mut reader = response.body_mut().as_reader().take(ask.limit as u64 + 1);
        reader.read_to_end(&mut body).map_err(|error| error.to_string())?;
        match body.len() > ask.limit {
            true => Err(format!("more than {} bytes came", ask.limit)),
            false => Ok((Response { status, body, truncated }, location)),
        }
    }

    /// The body of a `GET` that must succeed.
    pub fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        let ask = Ask { method: Method::Get, url: url.to_owned(), body: None, limit };
        match self.send(&ask) {
            Ok(Response { status: 200, body, .. }) => Ok(body),
            Ok(Response { status, .. }) => Err(Failure::trouble(format!("{url} answered {status}"))),
            Err(reason) => Err(Failure::trouble(format!("{url}: {reason}"))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)] // tests panic on purpose
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    /// 100,000 zeros, by `gzip -9n`.
    const ZEROS: &str = "1f8b0800000000000203edc13101000000c2a0f54f6d0d0fa000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
        0000000000000000000000000000000000000000008057037d9511d4a0860100";

    /// Makes one request to a server that answers with a gzipped body, whatever the request says.
    fn gzipped(limit: usize) -> Result<Response, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/tile/0/000", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            let body = rekor_verifier::bytes::hex_decode(ZEROS).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\nlocation: /there\r\nconnection: close";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
            stream.write_all(&body).unwrap();
        });
        let ask = Ask { method: Method::Get, url, body: None, limit };
        let answer = Transport::new(Duration::from_secs(10)).send_and_locate(&ask);
        server.join().unwrap();
        answer.map(|(response, location)| {
            assert_eq!(location.as_deref(), Some("/there"));
            response
        })
    }

    #[test]
    fn a_compressed_answer_is_limited_by_what_comes_out() {
        assert_eq!(gzipped(100_000).unwrap().body, vec![0; 100_000]);
        assert_eq!(gzipped(99_999).unwrap_err(), "more than 99999 bytes came");
    }
}
