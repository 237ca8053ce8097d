//! Requests, and the answers that came.

use crate::v1::{self, V1Entry};
use rekor_verifier::evidence::{Answer, NoAnswer};
use rekor_verifier::sorted::Map;
use serde::Serialize;

/// How a request is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST` of a JSON text
    Post,
}

/// One request to make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// JSON text; `None` for `GET`.
    pub body: Option<String>,
    /// The most bytes of the answer's body that are of use: whoever sends more is cut off.
    pub limit: usize,
}

/// A request with its number, as whoever makes it reads it in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct NumberedAsk<'a> {
    id: usize,
    method: &'static str,
    url: &'a str,
    body: Option<&'a str>,
    limit: usize,
}

impl Ask {
    /// The request with the number `id`.
    pub fn numbered(&self, id: usize) -> NumberedAsk<'_> {
        let method = match self.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        NumberedAsk { id, method, url: &self.url, body: self.body.as_deref(), limit: self.limit }
    }
}

/// What came back for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body, at most [`Ask::limit`] bytes.
    pub body: Vec<u8>,
    /// Whether the header `rekor-truncated: true` stood in the answer.
    pub truncated: bool,
}

/// The requests of a session and their answers. The same question is asked once.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    asks: Vec<Ask>,
    ids: Map<Ask, usize>,
    responses: Map<usize, Result<Response, String>>,
    /// Entries that were read out of answers, which are large: read once, and the text given back.
    entries: Map<usize, Answer<Vec<V1Entry>>>,
}

impl Answers {
    /// The ID under which `ask` is known; it gets one if it is new.
    pub fn id(&mut self, ask: Ask) -> usize {
        if let Some(id) = self.ids.get(&ask) {
            return *id;
        }
        self.asks.push(ask.clone());
        self.ids.insert(ask, self.asks.len() - 1);
        self.asks.len() - 1
    }

    /// Stores what came back, once: a second answer to the same request is ignored.
    pub fn store(&mut self, id: usize, response: Result<Response, String>) {
        if id < self.asks.len() {
            self.responses.or_insert_with(id, || response);
        }
    }

    /// The answer to request `id`, `None` while it is still to come.
    pub fn get(&self, id: usize) -> Option<Answer<&Response>> {
        let response = self.responses.get(&id)?;
        Some(match response {
            Err(reason) => Err(NoAnswer::Unreadable(reason.clone())),
            Ok(response) if response.body.len() > self.asks[id].limit => {
                Err(NoAnswer::Unreadable(format!("more than {} bytes came", self.asks[id].limit)))
            }
            Ok(response) => match response.status {
                200..=299 => Ok(response),
                // These two say that there is no such thing; others (too many requests, say) only that it is not given.
                404 => Err(NoAnswer::Refused("the log answered 404".into())),
                410 => Err(NoAnswer::Refused("the log erased it".into())),
                status => Err(NoAnswer::Unreadable(format!("the log answered {status}"))),
            },
        })
    }

    /// The entries in the answer to request `id`.
    pub fn entries(&mut self, id: usize) -> Option<Answer<Vec<V1Entry>>> {
        if let Some(entries) = self.entries.get(&id) {
            return Some(entries.clone());
        }
        let entries = self.get(id)?.and_then(|response| v1::read_entries(&response.body));
        if let Some(Ok(response)) = self.responses.get_mut(&id) {
            response.body = Vec::new();
        }
        self.entries.insert(id, entries.clone());
        Some(entries)
    }

    /// Forgets the entries that were read, which are large; whoever needs them again asks for them again.
    pub fn forget_entries(&mut self) {
        for (id, _) in std::mem::take(&mut self.entries) {
            self.responses.remove(&id);
        }
    }

    pub fn ask(&self, id: usize) -> &Ask {
        &self.asks[id]
    }
}
