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
        let json = "application/json";
        let response = match (&ask.method, &ask.body) {
            (Method::Get, _) => self.0.get(&ask.url).call(),
            (Method::Post, body) => self.0.post(&ask.url).content_type(json).send(body.as_deref().unwrap_or_default()),
        };
        let mut response = response.map_err(|error| error.to_string())?;
        let truncated = response.headers().get("rekor-truncated").is_some_and(|value| value == "true");
        let status = response.status().as_u16();
        let mut body = Vec::new();
        let mut reader = response.body_mut().as_reader().take(ask.limit as u64 + 1);
        reader.read_to_end(&mut body).map_err(|error| error.to_string())?;
        match body.len() > ask.limit {
            true => Err(format!("more than {} bytes came", ask.limit)),
            false => Ok(Response { status, body, truncated }),
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
