//! A plugin reaches the hosts that it was granted and nobody else, and no server holds it beyond its limits.
//!
//! The plugin is `tests/guests/fetch`, which sends what the sample asks for; the servers are real ones on this machine.

#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use scorebox_sandbox::{
    Configured, Evaluation, FaultKind, Grants, HostGrant, Limits, LoadError, Sample, Sandbox, SandboxConfig,
    SecretHeader, WorkerCommand, Workers,
};
use serde_json::{Value, json};

const SECRET: &str = "sk-4f1c/9Z+b7==";

/// A server of HTTP/1.1 on this machine, for as long as it is held.
struct Server {
    port: u16,
    /// Connections that were taken.
    connections: Arc<AtomicUsize>,
    /// Connections that are open.
    open: Arc<AtomicUsize>,
    /// Heads of requests.
    heads: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Answers each connection with what `answer` writes after the head of the request was read.
    fn new(answer: impl Fn(&mut dyn ReadWrite, &str) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        Self::with(|stream| Box::new(stream), answer)
    }

    fn with(
        wrap: impl Fn(TcpStream) -> Box<dyn ReadWrite> + Send + Sync + 'static,
        answer: impl Fn(&mut dyn ReadWrite, &str) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            open: Arc::default(),
            heads: Arc::default(),
            stop: Arc::default(),
        };
        let (connections, open) = (Arc::clone(&server.connections), Arc::clone(&server.open));
        let (heads, stop) = (Arc::clone(&server.heads), Arc::clone(&server.stop));
        let serve = Arc::new((wrap, answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                connections.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                let (open, heads, serve) = (Arc::clone(&open), Arc::clone(&heads), Arc::clone(&serve));
                std::thread::spawn(move || {
                    let mut stream = (serve.0)(stream);
                    let head = head(&mut *stream);
                    heads.lock().unwrap().push(head.clone());
                    // A client that goes away is no news.
                    let _ = (serve.1)(&mut *stream, &head);
                    drop(stream);
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
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

    fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().iter().map(|head| head.replace(&self.port.to_string(), "PORT")).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

fn head(stream: &mut dyn ReadWrite) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    // What a client says that wants encryption has no end of this kind.
    let encrypted = |head: &[u8]| head.first() == Some(&0x16);
    while !head.ends_with(b"\r\n\r\n")
        && !encrypted(&head)
        && stream.read(&mut byte).is_ok_and(|read| read == 1)
    {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// Reads what follows the head, without which closing the connection would take the answer away from the client.
fn read_body(stream: &mut dyn ReadWrite, head: &str) -> std::io::Result<()> {
    let head = head.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let chunked = head.contains("transfer-encoding: chunked");
    let mut body = Vec::new();
    let mut byte = [0];
    while (chunked && !body.ends_with(b"0\r\n\r\n")) || length.is_some_and(|length| body.len() < length) {
        stream.read_exact(&mut byte)?;
        body.extend(byte);
    }
    Ok(())
}

fn respond(stream: &mut dyn ReadWrite, headers: &str, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())?;
    stream.flush()
}

/// Waits until `done`, for at most some seconds.
fn eventually(done: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(20);
    while !done() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    done()
}

fn component() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests/fetch.wasm");
    std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}; `cargo xtask plugins` builds it"))
}

/// One for all tests, with a cache, so that the plugin is compiled once.
fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-cache");
        let worker = isolated().then(|| WorkerCommand::new(env!("CARGO_BIN_EXE_scorebox-worker")));
        Sandbox::new(SandboxConfig { cache: Some(cache), concurrent: 16, worker, ..SandboxConfig::default() })
            .unwrap()
    })
}

/// Set for all of these tests to try a plugin in a process of its own.
const ISOLATED: &str = "SCOREBOX_TEST_ISOLATED";

fn isolated() -> bool {
    std::env::var_os(ISOLATED).is_some()
}

/// The plugin with its grants, wherever it runs.
#[derive(Debug)]
enum Granted {
    Here(Box<Configured>),
    There(Box<Workers>),
}

impl Granted {
    fn evaluate(&self, sample: &Sample) -> Evaluation {
        match self {
            Self::Here(configured) => configured.evaluate(sample),
            Self::There(workers) => workers.evaluate(sample, &[0]).remove(0),
        }
    }
}

fn limits() -> Limits {
    Limits { deadline: Duration::from_secs(60), ..Limits::default() }
}

fn configured(granted: Vec<HostGrant>, limits: &Limits) -> Granted {
    let grants = Grants { http: granted, ..Grants::default() };
    let prepared = sandbox().load(&component(), &grants).unwrap().prepare("{}", limits).unwrap();
    if isolated() {
        Granted::There(Box::new(Workers::start(sandbox(), vec![prepared]).unwrap()))
    } else {
        Granted::Here(Box::new(prepared.here().unwrap()))
    }
}

fn sample(requests: &Value) -> Sample {
    Sample { id: "s".into(), input: requests.to_string(), ..Sample::default() }
}

fn fetch(granted: Vec<HostGrant>, limits: &Limits, requests: &Value) -> Evaluation {
    configured(granted, limits).evaluate(&sample(requests))
}

/// What is known of an evaluation, without ports.
fn shown(evaluation: &Evaluation, servers: &[&Server]) -> String {
    let result = match &evaluation.result {
        Ok(score) => format!("score\n{}", score.summary),
        Err(fault) => format!("fault\n{fault}"),
    };
    let mut text = format!("{result}\nlog\n{}", evaluation.log.join("\n"));
    for (server, name) in servers.iter().zip(["PORT", "OTHER", "THIRD"]) {
        text = text.replace(&server.port.to_string(), name);
    }
    text
}

/// The summary of a score.
fn summary(evaluation: &Evaluation) -> &str {
    match &evaluation.result {
        Ok(score) => &score.summary,
        Err(fault) => panic!("{fault}\n{:?}", evaluation.log),
    }
}

fn fault(evaluation: &Evaluation) -> FaultKind {
    evaluation.result.as_ref().unwrap_err().kind
}

/// Runs the test `name` in a process of its own, with these variables; what it is called with there.
fn alone(name: &str, environment: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads", "1"])
        .env("SCOREBOX_ALONE", name)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}

fn is_alone(name: &str) -> bool {
    std::env::var("SCOREBOX_ALONE").is_ok_and(|alone| alone == name)
}

#[test]
fn a_component_that_asks_for_hosts_is_refused_without_a_grant() {
    let refused = sandbox().load(&component(), &Grants::default()).unwrap_err();
    assert!(matches!(refused, LoadError::NotGranted { .. }));
    // wasi:http names them; `describe` runs without.
    let described = sandbox().load_without_grants(&component()).unwrap().describe(&limits()).unwrap();
    assert_eq!(described.name, "fetch");
    let inspection = Sandbox::inspect(&component()).unwrap().to_string();
    assert!(inspection.contains("may send requests to the hosts that the suite grants"), "{inspection}");
}

#[test]
fn a_granted_host_is_asked_and_answers() {
    let server = Server::new(|stream, head| {
        read_body(stream, head)?;
        respond(stream, "x-kind: tea\r\n", "Darjeeling")
    });
    let request = json!([
        {"authority": server.authority(), "path": "/tea?kind=black", "headers": {"accept": "*/*"}, "show": 5,
         "show_header": "x-kind"},
        {"authority": server.authority(), "method": "POST", "send": 5000, "show": 99},
    ]);
    let evaluation = fetch(vec![server.grant()], &limits(), &request);
    insta::assert_snapshot!(format!(
        "{}\nrequests\n{}",
        shown(&evaluation, &[&server]),
        // The host has a whole body before it sends it for an isolated plugin, and frames it otherwise.
        server
            .heads()
            .join("")
            .replace('\r', "")
            .replace("transfer-encoding: chunked", "content-length: 5000")
    ));
}

#[test]
fn a_name_is_looked_up_and_may_lead_to_this_machine_where_that_is_granted() {
    let server = Server::new(|stream, _| respond(stream, "", "here"));
    let request = json!([{"authority": format!("LOCALHOST:{}", server.port), "show": 9}]);
    let named = HostGrant { host: "localhost".into(), ..server.grant() };
    assert_eq!(summary(&fetch(vec![named.clone()], &limits(), &request)), "200 4 bytes here");
    let public = fetch(vec![HostGrant { private: false, ..named }], &limits(), &request);
    // Which of its two addresses a resolver puts last is up to the machine.
    insta::assert_snapshot!(shown(&public, &[&server]).replace("::1", "127.0.0.1"), @r"
    score
    error ErrorCode::DestinationIpProhibited
    log
    info: 0 answers were kept
    host: refused http://localhost:PORT/: its address 127.0.0.1 is private; write `private: true` beside the host, if the plugin may reach it
    ");
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[test]
fn what_is_not_granted_is_refused_and_the_log_says_what_to_write() {
    let server = Server::new(|stream, _| respond(stream, "", "never"));
    let other = Server::new(|stream, _| respond(stream, "", "never"));
    let port = server.port;
    let to = |authority: String| json!({ "authority": authority });
    let request = json!([
        to(other.authority()),
        to(format!("localhost:{port}")),
        {"authority": server.authority(), "scheme": "https"},
        {"authority": server.authority(), "scheme": "gopher"},
        to(format!("user:password@127.0.0.1:{port}")),
        to(format!("127.0.0.1:{port}@127.0.0.1:{}", other.port)),
        to(format!("0177.0.0.1:{port}")),
        to(format!("2130706433:{port}")),
        to(format!("127.1:{port}")),
        to(format!("127.0.0.1.:{port}")),
        to(format!("[::ffff:127.0.0.1]:{port}")),
        to(format!("[::1]:{port}")),
        to("169.254.169.254".to_owned()),
        to("metadata.google.internal".to_owned()),
        {"authority": server.authority(), "method": "CONNECT"},
        {"authority": server.authority(), "method": "trace"},
        {"authority": server.authority(), "path": format!("http://127.0.0.1:{}/", other.port)},
        {"authority": server.authority(), "path": "*"},
        {"authority": server.authority(), "headers": {"Host": "evil.example"}},
        {"authority": server.authority(), "headers": {"transfer-encoding": "chunked"}},
    ]);
    let evaluation = fetch(vec![server.grant()], &limits(), &request);
    insta::assert_snapshot!(shown(&evaluation, &[&server, &other]));
    assert_eq!(server.connections.load(Ordering::SeqCst) + other.connections.load(Ordering::SeqCst), 0);
}

#[test]
fn some_addresses_are_reached_with_no_grant() {
    let granted = ["169.254.169.254", "[fd00:ec2::254]", "0.0.0.0", "255.255.255.255", "[::ffff:127.0.0.1]"];
    let request: Vec<Value> = granted
        .iter()
        .map(|host| json!({"authority": format!("{host}:80"), "timeouts": [1, 1, 1]}))
        .collect();
    let grant = |host: &&str| HostGrant {
        host: (*host).into(),
        port: 80,
        plain: true,
        private: true,
        headers: Vec::new(),
    };
    let evaluation = fetch(granted.iter().map(grant).collect(), &limits(), &json!(request));
    insta::assert_snapshot!(shown(&evaluation, &[]));
}

#[test]
fn a_redirect_is_checked_like_any_other_request() {
    let other = Server::new(|stream, _| respond(stream, "", "never"));
    let to = Arc::new(Mutex::new(String::new()));
    let location = Arc::clone(&to);
    let server = Server::new(move |stream, head| {
        if head.starts_with("GET /landed") {
            return respond(stream, "", "landed");
        }
        let location = location.lock().unwrap().clone();
        write!(stream, "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
    });
    let granted = configured(vec![server.grant()], &limits());
    let mut out = String::new();
    for (name, location) in [
        ("the same host", format!("http://{}/landed", server.authority())),
        ("another port", format!("http://{}/", other.authority())),
        ("another scheme", format!("https://{}/", server.authority())),
        ("metadata", "http://169.254.169.254/latest/meta-data/iam/security-credentials/".to_owned()),
    ] {
        *to.lock().unwrap() = location;
        let request = json!([{"authority": server.authority(), "follow": true}]);
        let evaluation = granted.evaluate(&sample(&request));
        out += &format!("{name}\n{}\n\n", shown(&evaluation, &[&server, &other]));
    }
    insta::assert_snapshot!(out);
    // Nothing is followed that the plugin does not follow itself.
    let request = json!([{"authority": server.authority()}]);
    assert_eq!(summary(&granted.evaluate(&sample(&request))), "302 0 bytes");
    assert_eq!(other.connections.load(Ordering::SeqCst), 0);
}

/// Evaluates with half a second of time, and holds the evaluation to it.
fn hurried(server: &Server, request: &Value) -> Evaluation {
    let deadline = Duration::from_millis(500);
    let granted = configured(vec![server.grant()], &Limits { deadline, http_bytes: 64 << 20, ..limits() });
    let start = Instant::now();
    let evaluation = granted.evaluate(&sample(request));
    let took = start.elapsed();
    // The host ends a request of an isolated plugin so much earlier that its answer is back in time.
    let least = if isolated() { deadline - Duration::from_millis(25) } else { deadline };
    assert!(took >= least && took < deadline + Duration::from_secs(5), "{took:?}: {evaluation:?}");
    assert!(eventually(|| server.open.load(Ordering::SeqCst) == 0), "a connection is still open");
    evaluation
}

/// Blocks until the client goes away.
fn until_closed(stream: &mut dyn ReadWrite) -> std::io::Result<()> {
    std::io::copy(stream, &mut std::io::sink()).map(|_| ())
}

#[test]
fn no_server_keeps_a_plugin_beyond_its_deadline() {
    let silent = Server::new(|stream, _| until_closed(stream));
    let drip = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")?;
        loop {
            stream.write_all(b".")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let drip_of_headers = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\nx: ")?;
        loop {
            stream.write_all(b".")?;
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let endless_trailers = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n.\r\n0\r\n")?;
        until_closed(stream)
    });
    let informing = Server::new(|stream, _| {
        loop {
            stream.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")?;
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let deaf = Server::new(|_, _| {
        std::thread::sleep(Duration::from_secs(2));
        Ok(())
    });
    let max = u64::MAX;
    let mut out = String::new();
    for (name, server, request) in [
        ("says nothing", &silent, json!({})),
        ("absurd timeouts", &silent, json!({"timeouts": [max, max, max]})),
        ("drips", &drip, json!({})),
        ("drips, absurd timeouts", &drip, json!({"timeouts": [max, max, max]})),
        ("drips headers", &drip_of_headers, json!({})),
        ("never ends its trailers", &endless_trailers, json!({})),
        ("has early hints without end", &informing, json!({})),
        // More than the kernel keeps for who does not read.
        ("never reads the request", &deaf, json!({"method": "POST", "send": 16 << 20})),
        (
            "is never sent the request that is written",
            &silent,
            json!({"method": "POST", "send": 1 << 20, "unsent": true}),
        ),
    ] {
        let mut request = request;
        request["authority"] = json!(server.authority());
        // Whether a plugin logs a last line depends on who is quicker.
        let evaluation = Evaluation { log: Vec::new(), ..hurried(server, &json!([request])) };
        out += &format!("{name}\n{}\n\n", shown(&evaluation, &[server]));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_plugin_that_is_less_patient_goes_on() {
    let silent = Server::new(|stream, _| until_closed(stream));
    let stops = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nthat is all")?;
        stream.flush()?;
        until_closed(stream)
    });
    let (second, short) = (1_000_000_000_u64, 20_000_000_u64);
    let request = json!([
        {"authority": silent.authority(), "timeouts": [60 * second, short, 60 * second]},
        {"authority": stops.authority(), "timeouts": [60 * second, 60 * second, short]},
        {"authority": stops.authority(), "timeouts": [60 * second, 60 * second, 0]},
    ]);
    let evaluation = fetch(vec![silent.grant(), stops.grant()], &limits(), &request);
    insta::assert_snapshot!(shown(&evaluation, &[&silent, &stops]));
}

#[test]
fn bytes_and_requests_are_counted_over_the_whole_evaluation() {
    let endless = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'.'; 4096])?;
        }
    });
    let half = Server::new(|stream, _| respond(stream, "", &"x".repeat(60_000)));
    let reads = Server::new(|stream, _| until_closed(stream));
    let few = Limits { http_bytes: 100_000, http_requests: 3, ..limits() };
    let mut out = String::new();
    for (name, server, requests) in [
        ("an answer without end", &endless, json!([{}])),
        ("the second of two answers", &half, json!([{}, {}])),
        ("a request that is too long", &reads, json!([{"method": "POST", "send": 200_000}])),
        (
            "too many requests",
            &half,
            json!([{"read": "headers"}, {"authority": "no"}, {"authority": "no"}, {}]),
        ),
    ] {
        let mut requests = requests;
        for request in requests.as_array_mut().unwrap() {
            if request.get("authority").is_none() {
                request["authority"] = json!(server.authority());
            }
        }
        let evaluation = fetch(vec![server.grant()], &few, &requests);
        out += &format!("{name}\n{}\n\n", shown(&evaluation, &[server]));
        assert!(eventually(|| server.open.load(Ordering::SeqCst) == 0));
    }
    insta::assert_snapshot!(out);
    assert_eq!(half.connections.load(Ordering::SeqCst), 3);
}

#[test]
fn what_a_server_does_wrong_has_a_name() {
    let answer =
        |bytes: Vec<u8>| Server::new(move |stream, _| stream.write_all(&bytes).and_then(|()| stream.flush()));
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(1_000));
    let mut out = String::new();
    for (name, bytes) in [
        ("a header of 100 kB", long.into_bytes()),
        ("a thousand headers", many.into_bytes()),
        ("nothing", Vec::new()),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        ("half an answer", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec()),
        ("two lengths", b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nhalf".to_vec()),
        (
            "another protocol",
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nx".to_vec(),
        ),
        ("no content", b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
        (
            "headers about the connection",
            b"HTTP/1.1 200 OK\r\nkeep-alive: 9\r\ncontent-length: 0\r\n\r\n".to_vec(),
        ),
    ] {
        let server = answer(bytes);
        let request = json!([{"authority": server.authority(), "show_header": "keep-alive"}]);
        let evaluation = fetch(vec![server.grant()], &limits(), &request);
        out += &format!("{name}\n{}\n\n", shown(&evaluation, &[&server]));
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let grant = HostGrant { host: "127.0.0.1".into(), port, plain: true, private: true, headers: Vec::new() };
    let evaluation = fetch(vec![grant], &limits(), &json!([{"authority": format!("127.0.0.1:{port}")}]));
    out += &format!("nobody there\n{}", shown(&evaluation, &[]).replace(&port.to_string(), "PORT"));
    insta::assert_snapshot!(out);
}

#[test]
fn a_secret_goes_to_its_host_and_comes_back_to_nobody() {
    let echo = Server::new(|stream, head| {
        let sent = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or("nothing");
        let token = sent.strip_prefix("Bearer ").unwrap_or(sent);
        let encoded = "and c2stNGYxYy85WitiNz09";
        write!(stream, "HTTP/1.1 200 OK\r\nx-echo: {sent}\r\ntransfer-encoding: chunked\r\n\r\n")?;
        // In pieces, so that no piece has all of it.
        for piece in format!("You sent {sent}, that is {token} {encoded}, ending in {}", &token[..5])
            .as_bytes()
            .chunks(7)
        {
            write!(stream, "{:x}\r\n", piece.len())?;
            stream.write_all(piece)?;
            write!(stream, "\r\n")?;
            stream.flush()?;
            std::thread::sleep(Duration::from_millis(2));
        }
        write!(stream, "0\r\n\r\n")
    });
    let plain = Server::new(|stream, head| {
        let sent = head.contains("authorization");
        respond(stream, "", if sent { "a secret" } else { "no secret" })
    });
    let secret = SecretHeader {
        name: "authorization".into(),
        value: format!("Bearer {SECRET}"),
        secrets: vec![SECRET.to_owned()],
    };
    let granted = vec![HostGrant { headers: vec![secret], ..echo.grant() }, plain.grant()];
    let request = json!([
        {"authority": echo.authority(), "show": 200, "show_header": "x-echo",
         "headers": {"Authorization": "Bearer of-the-plugin", "accept-encoding": "gzip"}},
        {"authority": plain.authority(), "show": 99},
        {"authority": plain.authority(), "headers": {SECRET: "is no name for a header"}},
    ]);
    let granted = configured(granted, &limits());
    let evaluation = granted.evaluate(&sample(&request));
    insta::assert_snapshot!(format!(
        "{}\nrequests\n{}",
        shown(&evaluation, &[&echo, &plain]),
        echo.heads().join("").replace('\r', "")
    ));
    assert!(!format!("{evaluation:?} {granted:?}").contains(SECRET));

    // What the plugin knows from elsewhere does not leave it either, in whichever text.
    let failed = granted.evaluate(&sample(&json!([{SECRET: 1}])));
    let message = failed.result.unwrap_err().message;
    assert!(message.contains("unknown field `[redacted]`"), "{message}");
}

#[test]
fn a_plugin_may_leave_answers_where_they_are() {
    let endless = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'.'; 4096])?;
        }
    });
    let silent = Server::new(|stream, _| until_closed(stream));
    let request = json!([
        {"authority": endless.authority(), "read": "headers"},
        {"authority": endless.authority(), "read": "some"},
        {"authority": endless.authority(), "read": "nothing"},
        {"authority": silent.authority(), "read": "nothing"},
    ]);
    let limits = Limits { http_bytes: 64 << 20, ..limits() };
    let evaluation = fetch(vec![endless.grant(), silent.grant()], &limits, &request);
    let lines: Vec<&str> = summary(&evaluation).lines().collect();
    assert!(
        lines[0] == "200" && lines[1].starts_with("200 ") && lines[2..] == ["dropped", "dropped"],
        "{lines:?}"
    );
    assert!(evaluation.elapsed < Duration::from_secs(30));
    for server in [&endless, &silent] {
        assert!(eventually(|| server.open.load(Ordering::SeqCst) == 0), "a connection is still open");
    }
}

fn entries(directory: &str) -> usize {
    std::fs::read_dir(directory).unwrap().count()
}

#[test]
fn whatever_is_dropped_in_the_middle_leaves_nothing_behind() {
    const NAME: &str = "whatever_is_dropped_in_the_middle_leaves_nothing_behind";
    // Nobody else opens files or starts threads there.
    if !is_alone(NAME) {
        return alone(NAME, &[]);
    }
    let endless = Server::new(|stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        loop {
            stream.write_all(&[b'.'; 4096])?;
        }
    });
    let silent = Server::new(|stream, _| until_closed(stream));
    let limits = Limits { http_bytes: 1 << 20, deadline: Duration::from_millis(100), ..limits() };
    let granted = configured(vec![endless.grant(), silent.grant()], &limits);
    let requests = [
        json!([{"authority": endless.authority(), "read": "headers"}, {"authority": silent.authority(), "read": "nothing"}]),
        json!([{"authority": endless.authority(), "read": "some"}]),
        json!([{"authority": endless.authority()}]),
        json!([{"authority": silent.authority()}]),
        json!([{"authority": silent.authority(), "method": "POST", "send": 1 << 20, "unsent": true}]),
    ];
    let round = || {
        for request in &requests {
            let _ = granted.evaluate(&sample(request));
        }
        assert!(eventually(|| endless.open.load(Ordering::SeqCst) + silent.open.load(Ordering::SeqCst) == 0));
    };
    for _ in 0..3 {
        round();
    }
    let count = || (entries("/proc/self/fd"), entries("/proc/self/task"));
    assert!(eventually(|| {
        let before = count();
        std::thread::sleep(Duration::from_millis(50));
        before == count()
    }));
    let before = count();
    for _ in 0..20 {
        round();
    }
    assert!(eventually(|| count() == before), "{before:?} became {:?}", count());
}

#[test]
fn the_environments_proxy_is_not_asked() {
    const NAME: &str = "the_environments_proxy_is_not_asked";
    if !is_alone(NAME) {
        let proxy = Server::new(|stream, _| respond(stream, "", "the proxy"));
        let url = format!("http://{}", proxy.authority());
        let variables = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        let variables = variables.map(|name| (name, url.as_str()));
        alone(NAME, &[&variables[..], &[("NO_PROXY", ""), ("no_proxy", "")]].concat());
        assert_eq!(proxy.connections.load(Ordering::SeqCst), 0);
        return;
    }
    let server = Server::new(|stream, _| respond(stream, "", "the server"));
    let named = HostGrant { host: "localhost".into(), ..server.grant() };
    for grant in [server.grant(), named] {
        let authority = format!("{}:{}", grant.host, grant.port);
        let request = json!([{"authority": authority, "show": 99}]);
        assert_eq!(summary(&fetch(vec![grant], &limits(), &request)), "200 10 bytes the server");
    }
}

/// A certificate authority for tests, and a server's certificate for `name`.
fn certificates(name: &str) -> (String, Arc<rustls::ServerConfig>) {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .unwrap();
    (authority.pem(), Arc::new(config))
}

fn encrypted(config: Arc<rustls::ServerConfig>) -> Server {
    Server::with(
        move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(rustls::StreamOwned::new(connection, stream))
        },
        |stream, _| respond(stream, "", "in private"),
    )
}

#[test]
fn an_encrypted_host_proves_who_it_is() {
    const NAME: &str = "an_encrypted_host_proves_who_it_is";
    if !is_alone(NAME) {
        let (authority, right) = certificates("localhost");
        let (_, stranger) = certificates("localhost");
        let folder = tempfile::tempdir().unwrap();
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, &authority).unwrap();
        let (right, stranger) = (encrypted(right), encrypted(stranger));
        let plain = Server::new(|stream, _| respond(stream, "", "for all to see"));
        let ports = [&right, &stranger, &plain].map(|server| server.port.to_string()).join(" ");
        alone(NAME, &[("SSL_CERT_FILE", roots.to_str().unwrap()), ("SCOREBOX_PORTS", &ports)]);
        // Nobody was told anything before it had proved who it is.
        assert_eq!(stranger.heads().concat(), "");
        assert!(!plain.heads().concat().contains("GET"));
        assert_eq!(right.heads().len(), 2);
        return;
    }
    let ports = std::env::var("SCOREBOX_PORTS").unwrap();
    let ports: Vec<u16> = ports.split(' ').map(|port| port.parse().unwrap()).collect();
    let grant = |host: &str, port| HostGrant {
        host: host.into(),
        port,
        plain: false,
        private: true,
        headers: Vec::new(),
    };
    let to =
        |host: &str, port: u16| json!({"scheme": "https", "authority": format!("{host}:{port}"), "show": 99});
    let granted = vec![
        grant("localhost", ports[0]),
        grant("127.0.0.1", ports[0]),
        grant("localhost", ports[1]),
        grant("localhost", ports[2]),
    ];
    let request = json!([
        to("localhost", ports[0]),
        to("127.0.0.1", ports[0]),
        to("localhost", ports[1]),
        to("localhost", ports[2]),
    ]);
    let evaluation = fetch(granted, &limits(), &request);
    let mut text = shown(&evaluation, &[]);
    for (port, name) in ports.iter().zip(["PORT", "STRANGER", "PLAIN"]) {
        text = text.replace(&port.to_string(), name);
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_slow_server_is_no_business_of_the_neighbours() {
    let silent = Server::new(|stream, _| until_closed(stream));
    let quick = Server::new(|stream, _| respond(stream, "", "quick"));
    let limits = Limits { deadline: Duration::from_secs(2), ..limits() };
    let granted = configured(vec![silent.grant(), quick.grant()], &limits);
    let slow = sample(&json!([{"authority": silent.authority()}]));
    let fine = sample(&json!([{"authority": quick.authority(), "show": 9}]));
    std::thread::scope(|scope| {
        let slow: Vec<_> = (0..4).map(|_| scope.spawn(|| fault(&granted.evaluate(&slow)))).collect();
        assert!(eventually(|| silent.open.load(Ordering::SeqCst) == 4));
        for _ in 0..10 {
            assert_eq!(summary(&granted.evaluate(&fine)), "200 5 bytes quick");
        }
        for slow in slow {
            assert_eq!(slow.join().unwrap(), FaultKind::Deadline);
        }
    });
}

#[test]
fn two_evaluations_share_no_connection_and_no_budget() {
    let server = Server::new(|stream, _| {
        respond(stream, "connection: keep-alive\r\n", &"x".repeat(60_000))?;
        until_closed(stream)
    });
    let limits = Limits { http_bytes: 100_000, http_requests: 1, ..limits() };
    let granted = configured(vec![server.grant()], &limits);
    for at in 1..4 {
        let evaluation = granted.evaluate(&sample(&json!([{"authority": server.authority()}])));
        assert_eq!(summary(&evaluation), "200 60000 bytes");
        assert_eq!(server.connections.load(Ordering::SeqCst), at);
        assert!(eventually(|| server.open.load(Ordering::SeqCst) == 0));
    }
}

#[test]
fn a_line_of_the_host_is_kept_when_the_plugins_log_is_full() {
    let server = Server::new(|stream, _| respond(stream, "", ""));
    let request = json!([{"authority": format!("localhost:{}", server.port)}]);
    let evaluation = fetch(vec![server.grant()], &Limits { log_bytes: 20, ..limits() }, &request);
    insta::assert_snapshot!(shown(&evaluation, &[&server]));
}

#[test]
fn the_head_of_a_request_is_whole() {
    // A reader of lines sees what servers see: one request, one host, nothing smuggled.
    let server = Server::new(|stream, _| respond(stream, "", ""));
    let request = json!([{
        "authority": server.authority(),
        "path": "/a?b=c%0d%0aHost:%20evil.example",
        "headers": {"x-a": "b", "cookie": "c=d"},
    }]);
    assert_eq!(summary(&fetch(vec![server.grant()], &limits(), &request)), "200 0 bytes");
    let head = server.heads().concat();
    let lines: Vec<String> = BufReader::new(head.as_bytes()).lines().map(Result::unwrap).collect();
    assert_eq!(lines[0], "GET /a?b=c%0d%0aHost:%20evil.example HTTP/1.1");
    assert_eq!(lines.iter().filter(|line| line.to_ascii_lowercase().starts_with("host:")).count(), 1);
}

/// What a process says that was subverted: that it is ready, and that it wants this sent, past all that its engine refuses.
fn pretended(method: &str, port: u16, headers: &Value, trailers: &Value, body: &[u8]) -> Vec<u8> {
    let frame = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_le_bytes()[..], bytes].concat();
    let flat = |headers: &Value| -> Vec<(String, Vec<u8>)> {
        let headers = headers.as_array().unwrap().iter();
        headers
            .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().as_bytes().to_vec()))
            .collect()
    };
    let send = json!({
        "method": method, "uri": format!("http://127.0.0.1:{port}/"), "headers": flat(headers),
        "trailers": flat(trailers), "whole": true, "connect": null, "first_byte": null, "between_bytes": null,
    });
    let ask = json!({"Ask": {"plugin": 0, "left_ms": 5000, "question": {"Send": send}}});
    let ready = json!({"Done": {"lacking": [], "faults": []}});
    [frame(ready.to_string().as_bytes()), frame(ask.to_string().as_bytes()), frame(body)].concat()
}

/// The bytes that come, until nothing more does.
fn everything(stream: &mut dyn ReadWrite) -> String {
    let mut bytes = Vec::new();
    let mut some = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut some) {
        bytes.extend_from_slice(&some[..read]);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_a_connection_is_like_is_never_a_plugins_to_say() {
    if isolated() {
        return;
    }
    let of_connections = json!([
        ["connection", "keep-alive, authorization"],
        ["proxy-authorization", "Basic x"],
        ["upgrade", "websocket"],
        ["expect", "100-continue"],
        ["te", "trailers"],
        ["trailer", "x-late"],
        ["transfer-encoding", "identity"],
        ["content-length", "5"],
        ["host", "evil.example"],
        ["keep-alive", "9"],
        ["x-own", "kept"]
    ]);
    let two_lengths = json!([["content-length", "5"], ["content-length", "6"]]);
    let short = json!([["content-length", "5"]]);
    let smuggled = "helloGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut came = String::new();
    for (name, method, headers, trailers, body) in [
        ("headers of the connection", "POST", &of_connections, json!([["x-late", "y"]]), "hello"),
        ("headers of the connection, and no trailers", "POST", &of_connections, json!([]), "hello"),
        ("two lengths", "POST", &two_lengths, json!([]), "hello"),
        ("a second request in a body", "GET", &short, json!([]), smuggled),
        ("a length without a body", "POST", &short, json!([]), ""),
    ] {
        let bodies = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&bodies);
        let server = Server::with(
            |stream| {
                stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
                Box::new(stream)
            },
            move |stream, _| {
                let body = everything(stream);
                seen.lock().unwrap().push_str(&body);
                respond(stream, "", "")
            },
        );
        let words = tempfile::NamedTempFile::new().unwrap();
        let said = pretended(method, server.port, headers, &trailers, body.as_bytes());
        std::fs::write(words.path(), said).unwrap();
        // It reads what it is sent, which is more than a socket holds.
        let script = format!(
            "exec 3>&1; /bin/cat <&3 >/dev/null & /bin/cat {}; /bin/sleep 1; kill $!",
            words.path().display()
        );
        let worker = WorkerCommand { program: "/bin/sh".into(), arguments: vec!["-c".to_owned(), script] };
        let pretender =
            Sandbox::new(SandboxConfig { worker: Some(worker), ..SandboxConfig::default() }).unwrap();
        let grants = Grants { http: vec![server.grant()], ..Grants::default() };
        let prepared = sandbox().load(&component(), &grants).unwrap().prepare("{}", &limits()).unwrap();
        let workers = Workers::start(&pretender, vec![prepared]).unwrap();
        workers.evaluate(&sample(&json!([])), &[0]);
        let (heads, body) = (server.heads().concat(), bodies.lock().unwrap().clone());
        writeln!(came, "{name}\n{heads}{body}\n").unwrap();
    }
    insta::assert_snapshot!(came.replace("\r\n", "\n"));
}

#[test]
fn all_of_this_holds_for_a_plugin_in_a_process_of_its_own() {
    if isolated() {
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .env(ISOLATED, "yes")
        .env("INSTA_UPDATE", "no")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
