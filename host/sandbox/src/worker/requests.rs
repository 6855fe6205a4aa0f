//! Requests of a plugin in a process of its own: the process puts them together and the host sends them, so that neither
//! the network nor a secret ever comes near the plugin.
//!
//! A request goes over when its body is whole; a response comes in parts, as the plugin reads it.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http::uri::Scheme;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn_blocking};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::host_calls::{Answer, Caller, Part, Question, Send as Sending};
use super::protocol::ChannelError;
use super::wire::{flat, headers};
use crate::fault::Fault;
use crate::http::{Sends, WAITING};

type Sent = (Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// The requests of one evaluation.
#[derive(Debug)]
pub(crate) struct DistantRequests {
    caller: Caller,
    deadline: Instant,
    max_bytes: u64,
    lines: Mutex<Vec<String>>,
}

impl DistantRequests {
    pub(crate) fn new(caller: Caller, deadline: Instant, max_bytes: u64) -> Self {
        Self { caller, deadline, max_bytes, lines: Mutex::default() }
    }

    /// What the host says of all requests so far.
    fn account(&self) -> Option<Fault> {
        let asked = self.caller.ask(Question::Account, None, self.deadline);
        let Ok((Answer::Account { fault, lines }, _)) = asked else { return None };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend(lines);
        fault
    }
}

impl Sends for DistantRequests {
    fn fault(&self) -> Option<Fault> {
        self.account()
    }

    fn take_lines(&self) -> Vec<String> {
        self.account();
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn lost(error: &ChannelError) -> Error {
    Error::InternalError(Some(error.to_string()))
}

impl WasiHttpHooks for DistantRequests {
    fn is_supported_scheme(&mut self, _: &Scheme) -> bool {
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
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let (caller, deadline, max_bytes) = (self.caller.clone(), self.deadline, self.max_bytes);
        let options = options.unwrap_or_default();
        Box::new(async move {
            let (parts, body) = request.into_parts();
            let mut collected = Collected::default();
            let collecting = collected.collect(body, max_bytes);
            let whole = match tokio::time::timeout_at(deadline.into(), collecting).await {
                Ok(collected) => collected.map(|()| true)?,
                Err(_) => false,
            };
            let sending = Sending {
                method: parts.method.to_string(),
                uri: parts.uri.to_string(),
                headers: flat(&parts.headers),
                trailers: flat(&collected.trailers),
                whole,
                connect: options.connect_timeout,
                first_byte: options.first_byte_timeout,
                between_bytes: options.between_bytes_timeout,
            };
            let asking = caller.clone();
            let asked =
                spawn_blocking(move || asking.ask(Question::Send(sending), Some(&collected.bytes), deadline));
            let head = match asked.await.map_err(|error| lost(&error))? {
                (Answer::Sent(head), _) => head.map_err(Error::from)?,
                _ => return Err(Error::InternalError(None)),
            };
            let mut response = Response::builder().status(head.status);
            if let Some(to) = response.headers_mut() {
                *to = headers(head.headers).ok_or(Error::HttpProtocolError)?;
            }
            let body = DistantBody { caller, deadline, number: head.body, reading: None, ended: false };
            let response = response.body(body.boxed_unsync()).map_err(|_| Error::HttpProtocolError)?;
            Ok((response, Box::new(std::future::ready(Ok(()))) as Box<dyn Future<Output = _> + Send>))
        })
    }
}

/// The body of a request, so far.
#[derive(Debug, Default)]
struct Collected {
    bytes: Vec<u8>,
    trailers: HeaderMap,
}

impl Collected {
    /// Reads `body`, and stops soon after `most` bytes: the host counts them, and finds them too many.
    async fn collect(&mut self, mut body: WasiBody, most: u64) -> Result<(), Error> {
        while let Some(frame) = body.frame().await {
            match frame?.into_data() {
                Ok(data) => self.bytes.extend_from_slice(&data),
                Err(frame) => self.trailers.extend(frame.into_trailers().unwrap_or_default()),
            }
            if self.bytes.len() as u64 > most {
                return Ok(());
            }
        }
        Ok(())
    }
}

type Asked = Result<(Answer, Vec<u8>), ChannelError>;

/// The body of a response.
struct DistantBody {
    caller: Caller,
    deadline: Instant,
    number: u32,
    reading: Option<AbortOnDropJoinHandle<Asked>>,
    ended: bool,
}

impl Body for DistantBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let (caller, number, deadline) = (self.caller.clone(), self.number, self.deadline);
        let reading = self.reading.get_or_insert_with(|| {
            spawn_blocking(move || caller.ask(Question::Read(number), None, deadline))
        });
        let read = ready!(Pin::new(reading).poll(context));
        self.reading = None;
        let frame = match read {
            Ok((Answer::Read(Ok(Part::Data)), bytes)) => Some(Ok(Frame::data(bytes.into()))),
            Ok((Answer::Read(Ok(Part::Trailers(trailers))), _)) => {
                Some(headers(trailers).map(Frame::trailers).ok_or(Error::HttpProtocolError))
            }
            Ok((Answer::Read(Ok(Part::End)), _)) => None,
            Ok((Answer::Read(Err(error)), _)) => Some(Err(error.into())),
            Ok(_) => Some(Err(Error::InternalError(None))),
            Err(error) => Some(Err(lost(&error))),
        };
        self.ended = !matches!(&frame, Some(Ok(_)));
        Poll::Ready(frame)
    }
}
