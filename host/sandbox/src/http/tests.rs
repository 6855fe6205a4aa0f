//! Which host a request is for, and which address a name may lead to. What a plugin sees of it is in `tests/http.rs`.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http_body_util::Empty;
use proptest::prelude::*;
use wasmtime_wasi::runtime::in_tokio;

use super::connect::Lookup;
use super::*;
use crate::{Grants, HostGrant, SecretHeader};

fn grant(host: &str, port: u16) -> HostGrant {
    HostGrant { host: host.to_owned(), port, plain: true, private: true, headers: Vec::new() }
}

fn hosts(granted: Vec<HostGrant>) -> Hosts {
    Hosts::new(&Grants { http: granted, ..Grants::default() }, Arc::default())
}

/// The host that is found for `uri`, or what the log says.
fn found(hosts: &Hosts, uri: &str) -> String {
    let uri = uri.parse().unwrap_or_else(|error| panic!("{uri}: {error}"));
    hosts.find(&uri).map_or_else(|refusal| refusal.0, |host| host.shown.clone())
}

#[test]
fn a_request_is_for_a_granted_host_or_for_none() {
    let encrypted = |host, port| HostGrant { plain: false, private: false, ..grant(host, port) };
    let hosts = hosts(vec![
        encrypted("API.example.com", 443),
        encrypted("api.example.com", 8443),
        grant("localhost", 8080),
        grant("127.0.0.1", 80),
        grant("::1", 80),
    ]);
    for (uri, shown) in [
        ("https://api.example.com/a?b", "https://api.example.com:443"),
        ("HTTPS://Api.Example.COM:443", "https://api.example.com:443"),
        ("https://api.example.com:8443", "https://api.example.com:8443"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("http://[::1]", "http://[::1]:80"),
        ("http://[0:0::0:1]:80", "http://[::1]:80"),
    ] {
        assert_eq!(found(&hosts, uri), shown, "{uri}");
    }
    let refused: Vec<String> = [
        "http://api.example.com",
        "http://api.example.com:443",
        "https://api.example.com:444",
        "https://example.com",
        "https://www.api.example.com",
        "https://api.example.com.evil.com",
        "https://api.example.com.",
        "https://api.example.com@evil.com",
        "https://user@api.example.com",
        "https://user:secret@api.example.com:443",
        "https://api.example.com:",
        "https://api.example.com:+443",
        "https://api.example.com:0443443",
        "http://localhost",
        "https://localhost:8080",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0x7f.0.0.1",
        "http://0177.0.0.1",
        "http://127.0.0.01",
        "http://127.0.0.1.",
        "http://[::ffff:127.0.0.1]",
        "http://[::127.0.0.1]",
        "http://[::2]",
        "http://127.0.0.2",
        "http://127.0.0.1.nip.io",
        "ftp://localhost:8080",
        "/",
    ]
    .into_iter()
    .map(|uri| format!("{uri}\n  {}", found(&hosts, uri)))
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}

#[test]
fn a_header_that_is_not_the_suites_to_set_is_refused_by_name() {
    for (name, value) in
        [("host", "evil.com"), ("content-length", "3"), ("authorization", "a\nb: c"), ("a b", "c")]
    {
        let secret = SecretHeader { name: name.into(), value: value.into(), secrets: Vec::new() };
        let hosts = hosts(vec![HostGrant { headers: vec![secret], ..grant("localhost", 80) }]);
        assert_eq!(
            found(&hosts, "http://localhost"),
            format!(
                "refused http://localhost:80/: the header `{name}` of its grant has a name that the host sets itself, or \
                 a value that no header may have"
            )
        );
    }
}

proptest! {
    /// Whatever a plugin writes: what is found is what was granted, by its usual name.
    #[test]
    fn nothing_but_the_granted_host_is_found(authority in "(api\\.example\\.com|[a-z0-9.:@\\[\\]%_-]{0,24})(:[0-9]{0,6})?") {
        let hosts = hosts(vec![grant("api.example.com", 80)]);
        if let Ok(uri) = format!("http://{authority}/").parse::<Uri>() {
            let found = hosts.find(&uri).is_ok();
            prop_assert_eq!(found, ["api.example.com", "api.example.com:80"].contains(&authority.trim_end_matches('/'))
                || authority.strip_prefix("api.example.com:").is_some_and(|port| port.parse() == Ok(80)), "{}", authority);
        }
    }

    /// No spelling of an address is taken for a name.
    #[test]
    fn a_name_is_never_an_address(host in "[0-9a-fx.]{1,20}") {
        let hosts = hosts(vec![grant(&host, 80)]);
        let Ok(uri) = format!("http://{host}/").parse::<Uri>() else { return Ok(()) };
        if let Ok(host) = hosts.find(&uri) {
            let last = host.dns_name().rsplit('.').next().unwrap_or_default().to_owned();
            prop_assert!(host.literal().is_some() || !last.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}

/// A server on `address` that says who it is; how many it has told.
fn server(address: &str, port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, port)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let (count, name) = (Arc::clone(&asked), address.to_owned());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nserver: {name}\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (port, asked)
}

/// Requests with a resolver that answers each question for a name with the next list.
fn requests(grant: HostGrant, answers: &[&[&str]], deadline: Duration) -> (Requests, Arc<AtomicUsize>) {
    let answers: Vec<Vec<IpAddr>> =
        answers.iter().map(|list| list.iter().map(|address| address.parse().unwrap()).collect()).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let mut hosts = hosts(vec![grant]);
    hosts.lookup = Lookup::By(Box::new(move |_| {
        let at = count.fetch_add(1, Ordering::SeqCst);
        answers.get(at).cloned().unwrap_or_default()
    }));
    let limits = Limits { deadline, ..Limits::default() };
    (Requests::new(Arc::new(hosts), &limits, Instant::now() + deadline), asked)
}

/// Who answers, or the error.
fn send(requests: &mut Requests, uri: &str) -> String {
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let request = Request::get(uri).body(body).unwrap();
    let sent = requests.send_request(request, None, Box::new(std::future::ready(Ok(()))));
    match in_tokio(Box::into_pin(sent)) {
        Ok((response, _)) => response.headers()["server"].to_str().unwrap().to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn the_address_that_was_checked_is_the_one_connected_to() {
    let (port, first) = server("127.0.0.1", 0);
    let (_, second) = server("127.0.0.2", port);
    let uri = format!("http://rebinding.example:{port}/");
    let granted = || grant("rebinding.example", port);
    let minute = Duration::from_secs(60);

    // A name that changes between two questions is asked for once.
    let (mut to, asked) = requests(granted(), &[&["127.0.0.1"], &["127.0.0.2"]], minute);
    assert_eq!(send(&mut to, &uri), "127.0.0.1");
    assert_eq!((asked.load(Ordering::SeqCst), second.load(Ordering::SeqCst)), (1, 0));

    // Forbidden addresses are passed over, however many there are and wherever they stand.
    let (mut to, _) =
        requests(granted(), &[&["169.254.169.254", "::ffff:127.0.0.2", "127.0.0.1", "0.0.0.0"]], minute);
    assert_eq!(send(&mut to, &uri), "127.0.0.1");

    let public = HostGrant { private: false, ..granted() };
    let (mut to, _) = requests(public, &[&["127.0.0.1"]], minute);
    let before = first.load(Ordering::SeqCst);
    assert_eq!(send(&mut to, &uri), "DestinationIpProhibited");
    assert_eq!(first.load(Ordering::SeqCst), before);
    assert_eq!(
        to.take_lines(),
        [format!(
            "refused http://rebinding.example:{port}/: its address 127.0.0.1 is private; write `private: true` beside \
             the host, if the plugin may reach it"
        )]
    );

    // A name that leads to nobody.
    let (mut to, _) = requests(granted(), &[&[]], minute);
    assert_eq!(send(&mut to, &uri), "DnsError { rcode: None, info_code: None }");
}

#[test]
fn an_address_that_is_down_leaves_the_others_to_try() {
    let (port, _) = server("127.0.0.1", 0);
    let down = ["127.0.0.3", "127.0.0.4", "127.0.0.1"];
    let (mut to, _) = requests(grant("several.example", port), &[&down], Duration::from_secs(60));
    assert_eq!(send(&mut to, &format!("http://several.example:{port}/")), "127.0.0.1");
    assert_eq!(to.take_lines().len(), 2);
}

#[test]
fn only_granted_names_are_looked_up() {
    let (mut to, asked) = requests(grant("granted.example", 80), &[], Duration::from_secs(60));
    for uri in
        ["http://secret.evil.example/", "http://granted.example.evil.example/", "http://granted.example:81/"]
    {
        assert_eq!(send(&mut to, uri), "HttpRequestDenied");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_sent_is_what_the_host_says() {
    let secret = SecretHeader {
        name: "authorization".into(),
        value: "Bearer of-the-host".into(),
        secrets: vec!["of-the-host".into()],
    };
    let granted = HostGrant { headers: vec![secret], ..grant("granted.example", 8080) };
    let requests = Requests::new(
        Arc::new(hosts(vec![granted])),
        &Limits::default(),
        Instant::now() + Duration::from_secs(60),
    );
    let request = Request::post("http://GRANTED.example:08080?query")
        .header("host", "evil.example")
        .header("authorization", "Bearer of-the-guest")
        .header("authorization", "Basic of-the-guest")
        .header("accept-encoding", "gzip")
        .header("accept-charset", "utf-16")
        .header("range", "bytes=0-3")
        .header("Request-Range", "bytes=0-3")
        .header("if-range", "\"a\"")
        .header("a-im", "vcdiff")
        .header("accept", "*/*")
        .body(Empty::new().map_err(|never| match never {}).boxed_unsync())
        .unwrap();
    let (_, request) = requests.admit(request).unwrap();
    let headers: HashMap<&str, &str> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let expected =
        [("host", "granted.example:8080"), ("authorization", "Bearer of-the-host"), ("accept", "*/*")];
    assert_eq!(headers, HashMap::from(expected));
    assert_eq!(request.headers().len(), expected.len());
    assert_eq!(request.uri(), "/?query");
    assert!(!format!("{request:?} {requests:?}").contains("of-the-host"));
}
