//! Requests to the hosts that were granted, and to nobody else.
//!
//! ```text
//! request ─► counted ─► host, port and scheme as granted ─► headers of the host ─► name looked up ─► addresses checked
//!                                                                     └─► connection to one of them ─► answer, metered
//! ```
//!
//! - Nothing is followed: a redirect is an answer like any other, and the request that the plugin makes of it is checked
//!   like any other. Only granted names are ever looked up, and no proxy of the environment is asked.
//! - Every request has a connection of its own, to an address that was checked after the look-up that found it.
//! - One deadline and one budget of bytes and requests hold for the evaluation as a whole; the plugin's own timeouts can
//!   only be shorter. Whoever reaches one of them has no score, whatever the plugin makes of it.
//! - Secret headers are added on the way out and searched for on the way back.

mod addresses;
mod body;
mod connect;
mod hosts;
mod ledger;
#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::io;
use std::sync::Arc;

use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use tokio::time::timeout_at;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpHooks};

pub use self::addresses::Reach;
use self::body::{Received, mask_headers};
use self::hosts::Host;
pub(crate) use self::hosts::{Hosts, reach_of};
use self::ledger::Ledger;
use crate::fault::Fault;
use crate::limits::Limits;
use crate::worker::{Caller, DistantRequests};

/// Bytes of all headers of a request, as the host keeps them.
const MAX_REQUEST_HEADERS: usize = 32 << 10;
/// Bytes of the status line and all headers of a response.
const MAX_RESPONSE_HEADERS: usize = 64 << 10;
/// Bytes of a request's body that wait to be sent, twice.
pub(crate) const WAITING: usize = 64 << 10;

/// What the interface for requests is made of, for one evaluation.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) ctx: WasiHttpCtx,
    pub(crate) requests: Box<dyn Sends>,
}

/// Whoever sends the requests of one evaluation: this process, or the host that this process works for.
pub(crate) trait Sends: WasiHttpHooks + std::fmt::Debug + Send {
    /// The fault, where a limit was reached.
    fn fault(&self) -> Option<Fault>;

    /// What the host has to say of the requests.
    fn take_lines(&self) -> Vec<String>;
}

/// How the requests of a plugin leave.
#[derive(Debug, Clone)]
pub(crate) enum Route {
    /// From this process, to these hosts.
    Here(Arc<Hosts>),
    /// By way of the host, which knows where they may go.
    ByHost(Caller),
}

impl Default for Route {
    /// To nobody.
    fn default() -> Self {
        Self::Here(Arc::default())
    }
}

/// The requests of one evaluation.
#[derive(Debug)]
pub(crate) struct Requests {
    hosts: Arc<Hosts>,
    ledger: Arc<Ledger>,
}

type Answer = (Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

impl Http {
    pub(crate) fn new(route: Route, limits: &Limits, deadline: std::time::Instant) -> Self {
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(MAX_REQUEST_HEADERS);
        let requests: Box<dyn Sends> = match route {
            Route::Here(hosts) => Box::new(Requests::new(hosts, limits, deadline)),
            Route::ByHost(caller) => Box::new(DistantRequests::new(caller, deadline, limits.http_bytes)),
        };
        Self { ctx, requests }
    }
}

impl Sends for Requests {
    fn fault(&self) -> Option<Fault> {
        self.ledger.fault()
    }

    fn take_lines(&self) -> Vec<String> {
        self.ledger.take_lines()
    }
}

impl Requests {
    pub(crate) fn new(hosts: Arc<Hosts>, limits: &Limits, deadline: std::time::Instant) -> Self {
        Self { hosts, ledger: Arc::new(Ledger::new(limits, deadline)) }
    }

    /// Takes note of a request that was not whole when the deadline came.
    pub(crate) fn late(&self, request: Request<WasiBody>) {
        if let Ok((host, _)) = self.admit(request) {
            self.ledger.late(&host.shown);
        }
    }

    /// The request as it is sent, and to whom.
    fn admit(&self, request: Request<WasiBody>) -> Result<(Arc<Host>, Request<WasiBody>), Error> {
        if !self.ledger.request() {
            return Err(Error::ConnectionLimitReached);
        }
        let (mut parts, body) = request.into_parts();
        let host = self.hosts.find(&parts.uri).map_err(|refusal| {
            self.ledger.say(refusal.0);
            Error::HttpRequestDenied
        })?;
        // The one asks for a tunnel to somebody else; the others for an echo of the headers.
        if ["CONNECT", "TRACE", "TRACK"]
            .iter()
            .any(|method| parts.method.as_str().eq_ignore_ascii_case(method))
        {
            self.ledger.say(format!("refused {} {}/: no plugin uses this method", parts.method, host.shown));
            return Err(Error::HttpRequestDenied);
        }
        host.address(&mut parts.headers);
        let path = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
        // The path alone: a request line with a host in it is for whom it says.
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        parts.uri = Uri::try_from(path).map_err(|_| Error::HttpRequestUriInvalid)?;
        Ok((host, Request::from_parts(parts, body)))
    }
}

impl WasiHttpHooks for Requests {
    fn is_supported_scheme(&mut self, _: &Scheme) -> bool {
        // One that is not is refused like a host that is not granted, and logged.
        true
    }

    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        WAITING
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        let admitted = self.admit(request);
        let (hosts, ledger) = (Arc::clone(&self.hosts), Arc::clone(&self.ledger));
        Box::new(async move {
            let (host, request) = admitted?;
            let exchanged = exchange(&hosts, &host, request, options.unwrap_or_default(), &ledger);
            match timeout_at(ledger.deadline(), exchanged).await {
                Ok(answer) => answer,
                Err(_) => {
                    ledger.late(&host.shown);
                    Err(Error::HttpResponseTimeout)
                }
            }
        })
    }
}

/// Sends a request on a connection of its own, until the headers of the response are there.
async fn exchange(
    hosts: &Arc<Hosts>,
    host: &Arc<Host>,
    request: Request<WasiBody>,
    options: RequestOptions,
    ledger: &Arc<Ledger>,
) -> Result<Answer, Error> {
    let connected = at_most(
        ledger.within(options.connect_timeout),
        Error::ConnectionTimeout,
        connect::connect(hosts, host, ledger),
    );
    let stream =
        connected.await.map_err(|error| if ledger.is_out_of_bytes() { too_much(ledger) } else { error })?;
    let mut client = http1::Builder::new();
    client.max_buf_size(MAX_RESPONSE_HEADERS);
    let (mut sender, connection) =
        client.handshake(TokioIo::new(stream)).await.map_err(|error| broken(&error, ledger))?;
    let connection = wasmtime_wasi::runtime::spawn(async move {
        // What goes wrong is told to whoever waits for the response.
        let _ = connection.await;
    });
    let answered = async {
        let response = sender.send_request(request).await;
        response.map_err(|error| {
            let error = broken(&error, ledger);
            if !ledger.is_out_of_bytes() {
                ledger.say(format!("{}/: {error}", host.shown));
            }
            error
        })
    };
    let answered = at_most(ledger.within(options.first_byte_timeout), Error::ConnectionReadTimeout, answered);
    let (mut parts, incoming) = answered.await?.into_parts();
    let size = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>();
    if size > MAX_RESPONSE_HEADERS {
        // The buffer alone lets through what came in one piece.
        return Err(too_many_headers());
    }
    mask_headers(hosts, &mut parts.headers);
    let pause = ledger.within(options.between_bytes_timeout);
    let body =
        Received::new(incoming, connection, (Arc::clone(hosts), Arc::clone(host)), Arc::clone(ledger), pause);
    // The connection lives as long as the body, so nothing has to be done beside it.
    Ok((Response::from_parts(parts, body.boxed_unsync()), Box::new(std::future::ready(Ok(())))))
}

/// Waits for `future`, but no longer than the plugin wants.
async fn at_most<T>(
    wanted: Option<std::time::Duration>,
    late: Error,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match wanted {
        None => future.await,
        Some(wanted) => tokio::time::timeout(wanted, future).await.unwrap_or(Err(late)),
    }
}

fn too_much(ledger: &Ledger) -> Error {
    Error::HttpResponseBodySize(Some(ledger.max_bytes()))
}

/// The name of what went wrong on a connection.
fn broken(error: &hyper::Error, ledger: &Ledger) -> Error {
    if ledger.is_out_of_bytes() {
        too_much(ledger)
    } else if error.is_parse_too_large() {
        too_many_headers()
    } else if error.is_incomplete_message() {
        Error::HttpResponseIncomplete
    } else if let Some(error) = error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::HttpResponseIncomplete,
            _ => Error::ConnectionTerminated,
        }
    } else if error.is_closed() {
        Error::ConnectionTerminated
    } else {
        Error::HttpProtocolError
    }
}

fn too_many_headers() -> Error {
    Error::HttpResponseHeaderSectionSize(u32::try_from(MAX_RESPONSE_HEADERS).ok())
}
