//! What a server answers, as the plugin gets it: no longer than the deadline, and without the secrets of its grant.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi::runtime::AbortOnDropJoinHandle;
use wasmtime_wasi_http::Error;

use super::hosts::{Host, Hosts};
use super::ledger::Ledger;

/// The body of a response. Dropping it closes the connection.
pub(super) struct Received {
    incoming: Incoming,
    _connection: AbortOnDropJoinHandle<()>,
    hosts: Arc<Hosts>,
    host: Arc<Host>,
    ledger: Arc<Ledger>,
    /// Longest pause that the plugin wants to wait for; the deadline, where it wants more.
    pause: Option<Duration>,
    timer: Pin<Box<Sleep>>,
    /// What may be the beginning of a secret.
    held: Vec<u8>,
    ended: bool,
}

impl Received {
    pub(super) fn new(
        incoming: Incoming,
        connection: AbortOnDropJoinHandle<()>,
        (hosts, host): (Arc<Hosts>, Arc<Host>),
        ledger: Arc<Ledger>,
        pause: Option<Duration>,
    ) -> Self {
        let timer = Box::pin(tokio::time::sleep_until(until(&ledger, pause)));
        let held = Vec::new();
        Self { incoming, _connection: connection, hosts, host, ledger, pause, timer, held, ended: false }
    }

    /// What can be passed on of `data`.
    fn mask(&mut self, data: Bytes) -> Bytes {
        if self.hosts.secrets.is_empty() {
            return data;
        }
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(&data);
        self.hosts.secrets.mask(&mut bytes);
        self.held = bytes.split_off(bytes.len() - self.hosts.secrets.begun(&bytes));
        bytes.into()
    }

    fn time_is_up(&self) -> Error {
        if Instant::now() < self.ledger.deadline() {
            return Error::ConnectionReadTimeout;
        }
        self.ledger.late(&self.host.shown);
        Error::HttpResponseTimeout
    }
}

/// Replaces secrets in the values of headers or trailers.
pub(super) fn mask_headers(hosts: &Hosts, headers: &mut HeaderMap) {
    if hosts.secrets.is_empty() {
        return;
    }
    for value in headers.values_mut() {
        let mut bytes = value.as_bytes().to_vec();
        hosts.secrets.mask(&mut bytes);
        if let Ok(masked) = HeaderValue::from_bytes(&bytes) {
            *value = masked;
        }
    }
}

fn until(ledger: &Ledger, pause: Option<Duration>) -> Instant {
    let pause = pause.and_then(|pause| Instant::now().checked_add(pause));
    pause.map_or(ledger.deadline(), |pause| pause.min(ledger.deadline()))
}

impl Body for Received {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        while !self.ended {
            // Also where the server never stops sending.
            if self.timer.as_mut().poll(cx).is_ready() {
                self.ended = true;
                return Poll::Ready(Some(Err(self.time_is_up())));
            }
            let frame = match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(super::broken(&error, &self.ledger))));
                }
                None => {
                    self.ended = true;
                    break;
                }
            };
            if self.pause.is_some() {
                let until = until(&self.ledger, self.pause);
                self.timer.as_mut().reset(until);
            }
            match frame.into_data() {
                Ok(data) => {
                    let data = self.mask(data);
                    if !data.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                }
                Err(frame) => {
                    let Ok(mut trailers) = frame.into_trailers() else { continue };
                    mask_headers(&self.hosts, &mut trailers);
                    return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                }
            }
        }
        let rest = std::mem::take(&mut self.held);
        Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest.into()))))
    }
}
