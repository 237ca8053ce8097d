//! A log that lies: a real HTTP server in front of a real `rekor serve`, which passes requests on and
//! may change, hold back or make up the answers.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path and query; a whole address where it is for another server than this one, which a browser
    /// asks for if it takes this one for its proxy. Such a request gets no further, unless [`Liar::let_through`] says so.
    pub path: String,
    /// Content type, or nothing.
    pub content_type: String,
    /// Its body.
    pub body: Vec<u8>,
}

/// An answer on its way back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, without those that belong to the connection.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// What becomes of a request.
pub enum Told {
    /// This answer.
    This(Answer),
    /// What the server at this address answers.
    From(String),
    /// Nothing, and the connection ends at once: for the one who asked there is no network.
    HangUp,
    /// Nothing, for as long as the liar lives: the connection stays open and silent.
    Nothing,
}

/// A lie: from the request and the honest answer to what is told.
pub type Lie = dyn Fn(&Request, Answer) -> Told + Send + Sync;

/// What a request becomes before the server behind the liar sees it.
pub type Rewrite = dyn Fn(&mut Request) + Send + Sync;

struct State {
    upstream: String,
    lie: Arc<Lie>,
    rewrite: Arc<Rewrite>,
    asked: Vec<Request>,
    // Files of the liar's own, by path.
    files: BTreeMap<String, Vec<u8>>,
    // Other servers that a browser reaches through it, by their addresses.
    known: Vec<String>,
    // Connections that get no answer; they end with the liar.
    held: Vec<TcpStream>,
}

/// The lying server; stops answering with its value.
pub struct Liar {
    /// Its address, without a slash at the end.
    pub url: String,
    state: Arc<Mutex<State>>,
    // Dropped with the liar; the thread that accepts connections sees it and ends.
    _alive: Sender<()>,
}

impl Liar {
    /// An honest server in front of `upstream`, until [`Liar::lie`] is called.
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let state = Arc::new(Mutex::new(State {
            upstream: upstream.to_owned(),
            lie: Arc::new(|_: &Request, honest| Told::This(honest)),
            rewrite: Arc::new(|_: &mut Request| {}),
            asked: Vec::new(),
            files: BTreeMap::new(),
            known: Vec::new(),
            held: Vec::new(),
        }));
        let (alive, dead) = channel();
        let shared = Arc::clone(&state);
        let own = url.clone();
        thread::spawn(move || accept(&listener, &own, &shared, &dead));
        Self { url, state, _alive: alive }
    }

    /// From now on this is how it answers.
    pub fn lie(&self, lie: impl Fn(&Request, Answer) -> Told + Send + Sync + 'static) -> &Self {
        self.state.lock().expect("state").lie = Arc::new(lie);
        self
    }

    /// From now on every answer is changed by `change`.
    pub fn change(&self, change: impl Fn(&Request, &mut Answer) + Send + Sync + 'static) -> &Self {
        self.lie(move |request, mut answer| {
            change(request, &mut answer);
            Told::This(answer)
        })
    }

    /// From now on there is nothing at the paths for which `missing` holds.
    pub fn missing(&self, missing: impl Fn(&str) -> bool + Send + Sync + 'static) -> &Self {
        self.change(move |request, answer| {
            if missing(&request.path) {
                answer.status = 404;
            }
        })
    }

    /// From now on the server behind it sees each request as `rewrite` makes it.
    pub fn rewrite(&self, rewrite: impl Fn(&mut Request) + Send + Sync + 'static) -> &Self {
        self.state.lock().expect("state").rewrite = Arc::new(rewrite);
        self
    }

    /// From now on it tells the truth.
    pub fn honest(&self) -> &Self {
        self.rewrite(|_| {}).change(|_, _| {})
    }

    /// From now on it serves this text at `path`, whatever the server behind it has there.
    pub fn file(&self, path: &str, content: &str) -> &Self {
        self.state.lock().expect("state").files.insert(path.to_owned(), content.as_bytes().to_vec());
        self
    }

    /// From now on another server stands behind it.
    pub fn move_to(&self, upstream: &str) -> &Self {
        self.state.lock().expect("state").upstream = upstream.to_owned();
        self
    }

    /// From now on a browser that takes it for its proxy reaches the server at this address too.
    pub fn let_through(&self, address: &str) -> &Self {
        self.state.lock().expect("state").known.push(address.to_owned());
        self
    }

    /// What it was asked since the last call.
    pub fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().expect("state").asked)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        if let Ok(mut state) = self.state.lock() {
            state.held.clear();
        }
        // Wakes the accepting thread, so that it notices; if nobody listens any more, good.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn accept(listener: &TcpListener, url: &str, state: &Arc<Mutex<State>>, dead: &Receiver<()>) {
    for stream in listener.incoming() {
        if matches!(dead.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected)) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let (state, url) = (Arc::clone(state), url.to_owned());
        thread::spawn(move || {
            // A client that goes away in the middle is the client's business.
            let _ = serve(stream, &state, &url);
        });
    }
}

/// One request a connection, as `connection: close` says.
fn serve(stream: TcpStream, state: &Arc<Mutex<State>>, url: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let Some(mut request) = read_request(&mut reader)? else { return Ok(()) };
    if let Some(path) = request.path.strip_prefix(url) {
        request.path = path.to_owned();
    }
    let (upstream, lie, rewrite, own, known) = {
        let mut state = state.lock().expect("state");
        state.asked.push(request.clone());
        let own = state.files.get(&request.path).cloned();
        let known = state.known.iter().find(|address| request.path.starts_with(&format!("{address}/"))).cloned();
        (state.upstream.clone(), Arc::clone(&state.lie), Arc::clone(&state.rewrite), own, known)
    };
    if let Some(other) = known {
        request.path = request.path[other.len()..].to_owned();
        return write_answer(stream, &forward(&other, &request));
    }
    let honest = match own {
        Some(body) => {
            let kind = if request.path.ends_with(".js") { "text/javascript" } else { "text/plain" };
            Answer { status: 200, headers: vec![("content-type".to_owned(), kind.to_owned())], body }
        }
        None if !request.path.starts_with('/') => Answer { status: 502, headers: Vec::new(), body: Vec::new() },
        None => {
            let mut passed_on = request.clone();
            rewrite(&mut passed_on);
            forward(&upstream, &passed_on)
        }
    };
    match lie(&request, honest) {
        Told::This(answer) => write_answer(stream, &answer),
        Told::From(other) => write_answer(stream, &forward(&other, &request)),
        Told::HangUp => Ok(()),
        Told::Nothing => {
            state.lock().expect("state").held.push(stream);
            Ok(())
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or_default().to_owned();
    let (mut length, mut content_type) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or(0),
            "content-type" => content_type = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request { method, path, content_type, body }))
}

fn forward(upstream: &str, request: &Request) -> Answer {
    let built = ureq::http::Request::builder()
        .method(request.method.as_str())
        .uri(format!("{upstream}{}", request.path))
        .header("content-type", &request.content_type)
        .body(request.body.clone());
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
    let mut answer = match built.map_err(ureq::Error::from).and_then(|it| ureq::Agent::new_with_config(config).run(it))
    {
        Ok(answer) => answer,
        Err(error) => {
            let body = format!("no answer from upstream: {error}").into_bytes();
            return Answer { status: 502, headers: Vec::new(), body };
        }
    };
    let dropped = ["connection", "content-length", "transfer-encoding", "keep-alive"];
    let kept = answer.headers().iter().filter(|(name, _)| !dropped.contains(&name.as_str()));
    let headers = kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned())).collect();
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec().unwrap_or_default();
    Answer { status, headers, body }
}

fn write_answer(mut stream: TcpStream, answer: &Answer) -> std::io::Result<()> {
    let mut head =
        format!("HTTP/1.1 {} -\r\nconnection: close\r\ncontent-length: {}\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(&answer.body)?;
    stream.flush()
}
