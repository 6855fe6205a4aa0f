//! A plugin for tests that sends the requests which its sample asks for, and says what came back.
//!
//! The sample's input is a JSON list of requests; each gets a line of the summary.

#![cfg(target_arch = "wasm32")]

use std::collections::BTreeMap;
use std::time::Duration;

use scorebox_sdk::prelude::*;
use serde::Deserialize;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, RequestOptions,
    Scheme,
};
use wasip2::io::streams::StreamError;

/// One request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    method: String,
    scheme: String,
    authority: String,
    path: String,
    headers: BTreeMap<String, String>,
    /// Bytes of body to send.
    send: usize,
    /// The body is written, and the request never sent.
    unsent: bool,
    /// Nanoseconds that the plugin wants to wait: for a connection, for the headers, between bytes.
    timeouts: Option<[u64; 3]>,
    /// How much of the answer is read before it is dropped.
    read: Read,
    /// Bytes of the answer that are shown.
    show: usize,
    /// A header of the answer that is shown.
    show_header: String,
    /// Where to find the next address.
    follow: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            scheme: "http".to_owned(),
            authority: String::new(),
            path: "/".to_owned(),
            headers: BTreeMap::new(),
            send: 0,
            unsent: false,
            timeouts: None,
            read: Read::All,
            show: 0,
            show_header: String::new(),
            follow: false,
        }
    }
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Read {
    /// The whole body.
    All,
    /// The headers alone; the body is kept, and never read.
    Headers,
    /// One piece of the body.
    Some,
    /// Not even the headers.
    Nothing,
}

struct Fetch;

impl Plugin for Fetch {
    type Settings = NoSettings;

    fn about() -> About {
        About::metric("Sends the requests that the sample asks for.")
    }

    fn configure(_: NoSettings) -> Result<Self, Failure> {
        Ok(Self)
    }

    fn evaluate(&self, sample: &Sample) -> Result<Score, Failure> {
        let wanted: Vec<Wanted> =
            serde_json::from_str(&sample.input).map_err(|error| Failure::sample(error.to_string()))?;
        let mut kept = Vec::new();
        let mut said = Vec::new();
        for wanted in wanted {
            said.push(fetch(&wanted, &mut kept).unwrap_or_else(|error| format!("error {error}")));
        }
        log::info(&format!("{} answers were kept", kept.len()));
        let findings = said.iter().map(|line| Finding::new("answer", line.clone())).collect();
        Ok(Score { findings, ..Score::value(1.0).summary(said.join("\n")) })
    }
}

fn name(error: ErrorCode) -> String {
    match error {
        ErrorCode::InternalError(_) => "InternalError".to_owned(),
        other => format!("{other:?}"),
    }
}

fn request(wanted: &Wanted) -> Result<OutgoingRequest, String> {
    let headers = Fields::new();
    for (name, value) in &wanted.headers {
        headers.append(name, value.as_bytes()).map_err(|error| format!("{name}: {error:?}"))?;
    }
    let request = OutgoingRequest::new(headers);
    let method = match wanted.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "CONNECT" => Method::Connect,
        other => Method::Other(other.to_owned()),
    };
    let scheme = match wanted.scheme.as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.to_owned()),
    };
    request.set_method(&method).map_err(|()| "the method is refused")?;
    request.set_scheme(Some(&scheme)).map_err(|()| "the scheme is refused")?;
    request.set_authority(Some(&wanted.authority)).map_err(|()| "the authority is refused")?;
    request.set_path_with_query(Some(&wanted.path)).map_err(|()| "the path is refused")?;
    Ok(request)
}

fn fetch(wanted: &Wanted, kept: &mut Vec<IncomingResponse>) -> Result<String, String> {
    let request = request(wanted)?;
    let body = (wanted.send > 0).then(|| request.body()).transpose().map_err(|()| "no body")?;
    let options = wanted.timeouts.map(|[connect, first_byte, between]| {
        let options = RequestOptions::new();
        let set = [
            options.set_connect_timeout(Some(connect)),
            options.set_first_byte_timeout(Some(first_byte)),
            options.set_between_bytes_timeout(Some(between)),
        ];
        assert!(set.iter().all(Result::is_ok));
        options
    });
    let answer = if wanted.unsent { None } else { Some(handle(request, options).map_err(name)?) };
    if let Some(body) = body {
        write(body, wanted.send)?;
    }
    let Some(answer) = answer else { return Ok("unsent".to_owned()) };
    if wanted.read == Read::Nothing {
        // It was under way for a moment.
        wasip2::io::poll::poll(&[&wasip2::clocks::monotonic_clock::subscribe_duration(nanos(1))]);
        return Ok("dropped".to_owned());
    }
    answer.subscribe().block();
    let response = answer.get().ok_or("not ready")?.map_err(|()| "taken")?.map_err(name)?;
    let status = response.status();
    let header = |name: &str| {
        let values = response.headers().get(name);
        values.first().map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    if wanted.follow {
        return follow(status, &header("location"), kept);
    }
    let mut line = status.to_string();
    if !wanted.show_header.is_empty() {
        line += &format!(" {}: {}", wanted.show_header, header(&wanted.show_header));
    }
    if wanted.read == Read::Headers {
        kept.push(response);
        return Ok(line);
    }
    let body = response.consume().map_err(|()| "no body")?;
    let (bytes, first) = read(&body, wanted)?;
    if wanted.read == Read::All {
        let trailers = IncomingBody::finish(body);
        trailers.subscribe().block();
    }
    Ok(format!("{line} {bytes} bytes {first}").trim_end().to_owned())
}

fn nanos(millis: u64) -> u64 {
    u64::try_from(Duration::from_millis(millis).as_nanos()).unwrap_or(u64::MAX)
}

/// Makes the request that a redirect names, as a client that trusts servers would.
fn follow(status: u16, location: &str, kept: &mut Vec<IncomingResponse>) -> Result<String, String> {
    let (scheme, rest) = location.split_once("://").ok_or_else(|| format!("{status} without an address"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let next = Wanted {
        scheme: scheme.to_owned(),
        authority: authority.to_owned(),
        path: format!("/{path}"),
        ..Wanted::default()
    };
    let followed = fetch(&next, kept).unwrap_or_else(|error| format!("error {error}"));
    Ok(format!("{status} to {scheme}: {followed}"))
}

fn write(body: OutgoingBody, bytes: usize) -> Result<(), String> {
    let stream = body.write().map_err(|()| "no stream")?;
    let mut left = bytes;
    while left > 0 {
        let piece = left.min(4096);
        if stream.blocking_write_and_flush(&vec![b'x'; piece]).is_err() {
            // What the server makes of it is in its answer.
            break;
        }
        left -= piece;
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
    Ok(())
}

/// How much was read, and how it begins.
fn read(body: &IncomingBody, wanted: &Wanted) -> Result<(usize, String), String> {
    let stream = body.stream().map_err(|()| "no stream")?;
    let mut bytes = 0;
    let mut first = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(piece) => {
                bytes += piece.len();
                let room = wanted.show.saturating_sub(first.len());
                first.extend_from_slice(&piece[..piece.len().min(room)]);
            }
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
        if wanted.read == Read::Some {
            break;
        }
    }
    Ok((bytes, String::from_utf8_lossy(&first).into_owned()))
}

export!(Fetch);
