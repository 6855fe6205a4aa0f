//! A server for tests that speaks like a model's API, and fails in the ways that servers do: what wiremock cannot, such as
//! a reply that breaks off, or one that never ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Received {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The text of the last message.
    pub fn asked(&self) -> &str {
        let messages = self.body["messages"].as_array();
        messages.and_then(|messages| messages.last()?.get("content")?.as_str()).unwrap_or_default()
    }
}

/// What the server does with a request.
pub enum Does {
    /// Replies: status, further headers, body.
    Replies(u16, Vec<(&'static str, String)>, String),
    /// Announces the body, sends half of it, and closes.
    BreaksOff(String),
    /// Sends a byte, and another, and another.
    Drips,
    /// Replies with so many bytes.
    Floods(usize),
    /// Closes the connection without a word.
    HangsUp,
}

impl Does {
    pub fn says(text: &str) -> Self {
        Self::replies(&said(text, "stop"))
    }

    pub fn replies(body: &Value) -> Self {
        Self::Replies(200, Vec::new(), body.to_string())
    }

    pub fn fails(status: u16, message: &str) -> Self {
        Self::Replies(status, Vec::new(), json!({"error": {"message": message, "type": "error"}}).to_string())
    }
}

/// A reply of `/chat/completions`.
pub fn said(text: &str, finish: &str) -> Value {
    json!({
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5},
    })
}

/// The server. It ends with the process.
pub struct ModelServer {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl ModelServer {
    /// Starts one that does with the request of each number, from 0, as `script` says.
    pub fn start(script: impl Fn(usize, &Received) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), Arc::clone(&received));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                std::thread::spawn(move || serve(stream, script.as_ref(), &log));
            }
        });
        Self { address, received }
    }

    /// One that always gives the same answer.
    pub fn saying(text: &'static str) -> Self {
        Self::start(move |_, _| Does::says(text))
    }

    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    script: &(impl Fn(usize, &Received) -> Does + ?Sized),
    log: &Mutex<Vec<Received>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let _ = stream.set_nodelay(true);
    while let Some(request) = read(&mut reader) {
        let number = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        match script(number, &request) {
            Does::Replies(status, headers, body) => {
                let headers: String =
                    headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
                if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
                    return;
                }
            }
            Does::BreaksOff(body) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(&body.as_bytes()[..body.len() / 2]);
                return;
            }
            Does::Drips => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{");
                while stream.write_all(b" ").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
                return;
            }
            Does::Floods(bytes) => {
                // Without its length, so that it has to be counted.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
                let chunk = vec![b' '; 1 << 16];
                let mut left = bytes;
                while left > 0 && stream.write_all(&chunk[..left.min(chunk.len())]).is_ok() {
                    left = left.saturating_sub(chunk.len());
                }
                return;
            }
            Does::HangsUp => return,
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received { path, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}
