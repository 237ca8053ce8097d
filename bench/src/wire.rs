//! HTTP/1.1 as a load generator needs it: one request after the other on a connection that stays open.
//!
//! It takes as little as possible of the processors that the server under test runs on: a request is bytes made
//! beforehand, and of an answer only the status and the length are read.

use crate::Trouble;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The longest head of an answer.
const MAX_HEAD: usize = 16 * 1024;

/// One connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What is looked at in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Bytes of the body.
    pub length: usize,
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self, Trouble> {
        let failed = |error| Trouble::new(format!("cannot connect to {address}: {error}"));
        let stream = TcpStream::connect(address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        Ok(Self { stream, buffer: vec![0; 64 * 1024] })
    }

    /// Sends a request and reads its answer to the end.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Trouble> {
        self.stream.write_all(request).await.map_err(|error| Trouble::new(format!("while sending: {error}")))?;
        let (answer, start, mut filled) = self.head().await?;
        let end = start + answer.length;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        while filled < end {
            filled += self.read_more(filled).await?;
        }
        if filled > end {
            return Err(Trouble::new("more came than the answer's length says"));
        }
        Ok(answer)
    }

    /// Reads until the head is complete: the answer, where its body starts, and how much is read already.
    async fn head(&mut self) -> Result<(Answer, usize, usize), Trouble> {
        let mut filled = 0;
        loop {
            filled += self.read_more(filled).await?;
            let read = self.buffer.get(..filled).unwrap_or_default();
            if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&read[..end]);
                let answer = parse_head(&head).ok_or_else(|| Trouble::new(format!("cannot read the head {head:?}")))?;
                return Ok((answer, end + 4, filled));
            }
            if filled > MAX_HEAD {
                return Err(Trouble::new("the head of an answer is too long"));
            }
        }
    }

    async fn read_more(&mut self, filled: usize) -> Result<usize, Trouble> {
        match self.stream.read(&mut self.buffer[filled..]).await {
            Ok(0) => Err(Trouble::new("the server closed the connection")),
            Ok(count) => Ok(count),
            Err(error) => Err(Trouble::new(format!("while reading: {error}"))),
        }
    }
}

fn parse_head(head: &str) -> Option<Answer> {
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())
    });
    Some(Answer { status, length: length?? })
}

/// A POST of JSON, ready to be sent.
pub fn post(host: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A GET, ready to be sent.
pub fn get(host: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let head = "HTTP/1.1 201 Created\r\ncontent-type: a\r\nContent-Length: 12";
        assert_eq!(parse_head(head), Some(Answer { status: 201, length: 12 }));
        assert_eq!(parse_head("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked"), None);
        assert_eq!(parse_head("garbage"), None);
    }
}
