//! Rows 27, 28 and 43 to 46: what a plugin does with a granted host, and what a server does with a plugin.
//!
//! The plugin is `tests/guests/fetch`, which sends what its sample asks for; the servers are real ones on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use scorebox_sandbox::FaultKind::{Deadline, OverBudget};
use scorebox_sandbox::{Grants, HostGrant, Limits, Sample, SecretHeader};
use serde_json::{Value, json};

use crate::case::{Case, Expected, Said};
use crate::stage::Stage;
use crate::workspace;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::scene(27, "a server that drips", drips),
        Case::scene(27, "a server without end", without_end),
        Case::scene(28, "absurd timeouts", absurd_timeouts),
        Case::scene(43, "a redirect to a metadata address", redirected),
        Case::scene(44, "a name that leads home", leads_home),
        Case::note(
            44,
            "a name that leads elsewhere then",
            "elsewhere",
            "takes a resolver that lies: host/sandbox/src/http/tests.rs, \
             the_address_that_was_checked_is_the_one_connected_to",
        ),
        Case::scene(45, "addresses in disguise", in_disguise),
        Case::scene(46, "asks for its secret back", asks_for_its_secret),
    ]
}

/// A server on this machine that answers each connection, for as long as it is held.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    fn new(answer: impl Fn(&mut TcpStream, &str) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, open, stop) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (counted, opened, stopped) = (Arc::clone(&connections), Arc::clone(&open), Arc::clone(&stop));
        let answer = Arc::new(answer);
        let thread = std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                opened.fetch_add(1, Ordering::SeqCst);
                let (answer, opened) = (Arc::clone(&answer), Arc::clone(&opened));
                std::thread::spawn(move || {
                    let head = head(&mut stream);
                    // A client that goes away is no news.
                    let _ = answer(&mut stream, &head);
                    drop(stream);
                    opened.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, connections, open, stop, thread: Some(thread) }
    }

    fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn grant(&self) -> HostGrant {
        HostGrant {
            host: "127.0.0.1".into(),
            port: self.port,
            plain: true,
            private: true,
            headers: Vec::new(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
        let end = Instant::now() + Duration::from_secs(20);
        while self.open.load(Ordering::SeqCst) > 0 {
            assert!(Instant::now() < end || std::thread::panicking(), "a connection is still open");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

fn respond(stream: &mut TcpStream, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn until_closed(stream: &mut TcpStream) -> std::io::Result<()> {
    std::io::copy(stream, &mut std::io::sink()).map(|_| ())
}

fn limits() -> Limits {
    Limits { deadline: Duration::from_secs(60), ..Limits::default() }
}

/// Sends these requests, and says what came of it; ports have names, and fuel depends on the network.
fn play(stage: &Stage, granted: Vec<HostGrant>, limits: &Limits, requests: &Value, ports: &[u16]) -> Said {
    let start = Instant::now();
    let path = workspace::root().join("target/guests/fetch.wasm");
    let component = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask plugins` builds it", path.display()));
    let grants = Grants { http: granted, ..Grants::default() };
    let seat = match stage.seat(&component, "{}", limits, &grants) {
        Ok(seat) => seat,
        Err(refusal) => return refusal.said(start.elapsed()),
    };
    let sample = Sample { id: "s".into(), input: requests.to_string(), ..Sample::default() };
    let evaluation = seat.evaluate(&sample);
    let (outcome, told) = match &evaluation.result {
        Ok(score) => (
            Expected::Score(score.value),
            format!("evaluate: it was told\n  {}", score.summary.replace('\n', "\n  ")),
        ),
        Err(fault) => (Expected::Fault(fault.kind), format!("evaluate: {fault}")),
    };
    // At a deadline it depends on who is quicker whether the plugin logs a last line.
    let late = evaluation.result.as_ref().is_err_and(|fault| !fault.kind.is_deterministic());
    let log = if late { String::new() } else { evaluation.log.join("\n") };
    let mut text = format!("{told}\n{log}\n");
    for (port, name) in ports.iter().zip(["PORT", "OTHER"]) {
        text = text.replace(&port.to_string(), name);
    }
    Said { outcome, text, fuel: None, elapsed: evaluation.elapsed }
}

/// Half a second for all of it.
fn hurried() -> Limits {
    Limits { deadline: Duration::from_millis(500), ..limits() }
}

fn drips(stage: &Stage) -> Said {
    let server = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")?;
        loop {
            stream.write_all(b".")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let request = json!([{"authority": server.authority()}]);
    let said = play(stage, vec![server.grant()], &hurried(), &request, &[server.port]);
    assert_eq!(said.outcome, Expected::Fault(Deadline), "{said:?}");
    assert!(said.elapsed < Duration::from_secs(5), "{:?}", said.elapsed);
    said
}

fn without_end(stage: &Stage) -> Said {
    let server = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'.'; 4096])?;
        }
    });
    let request = json!([{"authority": server.authority()}]);
    let limits = Limits { http_bytes: 100_000, ..limits() };
    let said = play(stage, vec![server.grant()], &limits, &request, &[server.port]);
    assert_eq!(said.outcome, Expected::Fault(OverBudget), "{said:?}");
    said
}

fn absurd_timeouts(stage: &Stage) -> Said {
    let server = Server::new(|stream, _| until_closed(stream));
    let most = u64::MAX;
    let request = json!([{"authority": server.authority(), "timeouts": [most, most, most]}]);
    let said = play(stage, vec![server.grant()], &hurried(), &request, &[server.port]);
    assert_eq!(said.outcome, Expected::Fault(Deadline), "{said:?}");
    assert!(said.elapsed < Duration::from_secs(5), "{:?}", said.elapsed);
    said
}

fn redirected(stage: &Stage) -> Said {
    let other = Server::new(|stream, _| respond(stream, "never"));
    let elsewhere = format!("http://127.0.0.1:{}/", other.port);
    let server = Server::new(move |stream, head| {
        let location = match head {
            head if head.starts_with("GET /metadata") => {
                "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
            }
            _ => elsewhere.as_str(),
        };
        write!(stream, "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
    });
    let request = json!([
        {"authority": server.authority(), "path": "/metadata", "follow": true},
        {"authority": server.authority(), "path": "/neighbour", "follow": true},
    ]);
    let said = play(stage, vec![server.grant()], &limits(), &request, &[server.port, other.port]);
    assert_eq!(other.connections.load(Ordering::SeqCst), 0);
    said
}

/// A granted name that leads to this machine, where private addresses are not granted.
fn leads_home(stage: &Stage) -> Said {
    let server = Server::new(|stream, _| respond(stream, "never"));
    let granted = HostGrant { host: "localhost".into(), private: false, ..server.grant() };
    let request = json!([{"authority": format!("localhost:{}", server.port)}]);
    let mut said = play(stage, vec![granted], &limits(), &request, &[server.port]);
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
    // Which of its two addresses a resolver puts last is up to the machine.
    said.text = said.text.replace("::1", "127.0.0.1");
    said
}

fn in_disguise(stage: &Stage) -> Said {
    let server = Server::new(|stream, _| respond(stream, "never"));
    let other = Server::new(|stream, _| respond(stream, "never"));
    let port = server.port;
    let to = |authority: String| json!({ "authority": authority });
    let request = json!([
        to(other.authority()),
        to(format!("user:password@127.0.0.1:{port}")),
        to(format!("127.0.0.1:{port}@127.0.0.1:{}", other.port)),
        to(format!("0177.0.0.1:{port}")),
        to(format!("0x7f.1:{port}")),
        to(format!("2130706433:{port}")),
        to(format!("127.1:{port}")),
        to(format!("127.0.0.1.:{port}")),
        to(format!("[::ffff:127.0.0.1]:{port}")),
        to("169.254.169.254".to_owned()),
        {"authority": server.authority(), "path": format!("http://127.0.0.1:{}/", other.port)},
    ]);
    let said = play(stage, vec![server.grant()], &limits(), &request, &[port, other.port]);
    assert_eq!(server.connections.load(Ordering::SeqCst) + other.connections.load(Ordering::SeqCst), 0);
    said
}

const SECRET: &str = "sk-4f1c/9Z+b7==";

/// A server that echoes what it was sent, and gives parts of an answer to whoever asks for them.
fn asks_for_its_secret(stage: &Stage) -> Said {
    let server = Server::new(|stream, head| {
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        let sent = header("authorization: ").to_owned();
        let part = match header("range: bytes=").split_once('-') {
            Some((from, to)) => &sent[from.parse().unwrap_or(0)..=to.parse().unwrap_or(0)],
            None => sent.as_str(),
        };
        write!(stream, "HTTP/1.1 200 OK\r\nx-echo: {part}\r\ncontent-length: {}\r\n\r\n{part}", part.len())
    });
    let secret =
        SecretHeader { name: "authorization".into(), value: SECRET.into(), secrets: vec![SECRET.to_owned()] };
    let granted = HostGrant { headers: vec![secret], ..server.grant() };
    let ask = |headers: Value| json!({"authority": server.authority(), "show": 99, "show_header": "x-echo", "headers": headers});
    let request = json!([
        ask(json!({})),
        ask(json!({"range": "bytes=0-4"})),
        ask(json!({"Range": "bytes=5-14", "accept-encoding": "gzip"})),
        ask(json!({SECRET: "is no name for a header"})),
    ]);
    let said = play(stage, vec![granted], &limits(), &request, &[server.port]);
    for part in [SECRET, "sk-4f", "1c/9Z", "9Z+b7=="] {
        assert!(!said.text.contains(part), "{part}: {}", said.text);
    }
    said
}
