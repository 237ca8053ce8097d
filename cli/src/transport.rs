//! HTTP for the command line: bounded in time and size, no redirects to elsewhere.

use crate::Failure;
use rekor_client::{Ask, Method, Response};
use std::io::Read;
use std::thread;
use std::time::Duration;

/// How often a server that says “not now” is asked again, and the first pause; each is twice as long as the one before.
const RETRIES: u32 = 2;
const PAUSE: Duration = Duration::from_millis(500);

/// The longest pause that a server can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

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

    /// Makes a request; beside the answer its header `Location`, where there is one. A server that is busy (429, 503)
    /// has not done what it was asked, and is asked again after the pause that it names, within bounds.
    pub fn send_and_locate(&self, ask: &Ask) -> Result<(Response, Option<String>), String> {
        for attempt in 0..RETRIES {
            let answer = self.exchange(ask)?;
            let Some(pause) = pause(&answer, attempt) else { return Ok((answer.response, answer.location)) };
            thread::sleep(pause);
        }
        self.exchange(ask).map(|answer| (answer.response, answer.location))
    }

    /// `POST`s a text, or `GET`s where there is none: status and body.
    pub fn exchange_text(&self, url: &str, body: Option<&str>, limit: usize) -> Result<(u16, Vec<u8>), String> {
        let response = match body {
            None => self.0.get(url).call(),
            Some(body) => self.0.post(url).content_type("text/plain; charset=utf-8").send(body),
        };
        let answer = read(response.map_err(|error| error.to_string())?, limit)?;
        Ok((answer.response.status, answer.response.body))
    }

    fn exchange(&self, ask: &Ask) -> Result<Answer, String> {
        let json = "application/json";
        let response = match (&ask.method, &ask.body) {
            (Method::Get, _) => self.0.get(&ask.url).call(),
            (Method::Post, body) => self.0.post(&ask.url).content_type(json).send(body.as_deref().unwrap_or_default()),
        };
        read(response.map_err(|error| error.to_string())?, ask.limit)
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

/// What came back, with the headers that count here.
struct Answer {
    response: Response,
    location: Option<String>,
    retry_after: Option<Duration>,
}

/// What came back, its body at most `limit` bytes long.
fn read(mut response: ureq::http::Response<ureq::Body>, limit: usize) -> Result<Answer, String> {
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let truncated = header("rekor-truncated") == Some("true");
    let location = header("location").map(str::to_owned);
    let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let status = response.status().as_u16();
    let mut body = Vec::new();
    // The limit is on the bytes after decompression.
    let mut reader = response.body_mut().as_reader().take(limit as u64 + 1);
    reader.read_to_end(&mut body).map_err(|error| error.to_string())?;
    match body.len() > limit {
        true => Err(format!("more than {} bytes came", limit)),
        false => Ok(Answer { response: Response { status, body, truncated }, location, retry_after }),
    }
}

/// How long to wait before asking again; `None` where the answer stands.
fn pause(answer: &Answer, attempt: u32) -> Option<Duration> {
    let pause = answer.retry_after.unwrap_or(PAUSE * 2u32.pow(attempt)).clamp(PAUSE, LONGEST_PAUSE);
    matches!(answer.response.status, 429 | 503).then_some(pause)
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

    /// Answers with these heads, one after the other, and counts the requests.
    fn busy(heads: &'static [&'static str]) -> (u16, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/checkpoint", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            for head in heads {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.extend(byte);
                }
                write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
            }
            heads.len()
        });
        let ask = Ask { method: Method::Get, url, body: None, limit: 10 };
        let response = Transport::new(Duration::from_secs(10)).send(&ask).unwrap();
        (response.status, server.join().unwrap())
    }

    #[test]
    fn a_busy_server_is_asked_again_and_not_for_ever() {
        const BUSY: &str = "503 Service Unavailable\r\nretry-after: 0";
        assert_eq!(busy(&[BUSY, "429 Too Many Requests", "200 OK"]), (200, 3));
        assert_eq!(busy(&[BUSY, BUSY, BUSY]), (503, 3));
        assert_eq!(busy(&["500 Internal Server Error"]), (500, 1));
    }

    #[test]
    fn no_server_can_ask_for_a_pause_without_end() {
        let answer = |seconds| Answer {
            response: Response { status: 503, body: Vec::new(), truncated: false },
            location: None,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        assert_eq!(pause(&answer(u64::MAX), 0), Some(LONGEST_PAUSE));
        assert_eq!(pause(&answer(0), 0), Some(PAUSE));
        assert_eq!(pause(&answer(2), 1), Some(Duration::from_secs(2)));
    }

    #[test]
    fn a_compressed_answer_is_limited_by_what_comes_out() {
        assert_eq!(gzipped(100_000).unwrap().body, vec![0; 100_000]);
        assert_eq!(gzipped(99_999).unwrap_err(), "more than 99999 bytes came");
    }
}
