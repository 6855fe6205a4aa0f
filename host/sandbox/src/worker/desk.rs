//! Where the host answers a plugin that runs in a process: within its grants, and within the budgets as the host counts
//! them itself, since the process may not be believed.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request, Uri};
use http_body_util::{BodyExt, Full};
use wasmtime_wasi::runtime::in_tokio;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::host_calls::{Answer, HostCall, Part, Question, Send};
use super::protocol::{Channel, ChannelError};
use super::wire::{Head, WireError, flat, headers};
use crate::fault::Fault;
use crate::http::{Hosts, Requests, Sends};
use crate::model::ModelBudget;
use crate::plugin::{Evaluation, Prepared, check, redact};
use crate::sample::Sample;
use crate::secrets::Secrets;

/// What the host keeps for one plugin, and its processes never see.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) plugin: Prepared,
    hosts: Option<Arc<Hosts>>,
    secrets: Arc<Secrets>,
}

impl Account {
    pub(super) fn new(plugin: Prepared) -> Self {
        let grants = &plugin.loading.grants;
        let secrets = Arc::new(Secrets::of(grants));
        let hosts = (!grants.http.is_empty()).then(|| Arc::new(Hosts::new(grants, Arc::clone(&secrets))));
        Self { plugin, hosts, secrets }
    }
}

/// What one plugin may still ask in one evaluation.
pub(super) struct Desk<'a> {
    number: usize,
    account: &'a Account,
    budget: ModelBudget,
    requests: Option<Requests>,
    bodies: Vec<WasiBody>,
    /// Those that bring bytes of a body do not count here: they are paid for in bytes.
    questions_left: u64,
    /// Until when any answer has to be there.
    until: Instant,
}

/// What an honest process asks beside what its plugin does: what the host has to say of the requests.
const QUESTIONS_OF_ITS_OWN: u64 = 64;
/// Lines of the host in one log.
const MOST_LINES: usize = 2_000;

/// An answer, and the bytes that go with it.
type Answered = (Answer, Option<Bytes>);

impl<'a> Desk<'a> {
    pub(super) fn new(number: usize, account: &'a Account, until: Instant) -> Self {
        let limits = &account.plugin.loading.limits;
        let budget = ModelBudget::new(limits);
        // A call of the plugin asks the host once. One that waits for several bodies may find that all of them end.
        let questions_left =
            limits.host_calls.saturating_add(limits.http_requests).saturating_add(QUESTIONS_OF_ITS_OWN);
        Self { number, account, budget, requests: None, bodies: Vec::new(), questions_left, until }
    }

    /// What counts of an evaluation: it is held against what the plugin can have said and used, a limit of requests that was
    /// reached is its fault, and no secret leaves. It took `elapsed` at most.
    pub(super) fn close(
        self,
        evaluation: Evaluation,
        sample: &Sample,
        elapsed: Duration,
    ) -> Result<Evaluation, ChannelError> {
        let plugin = &self.account.plugin.loading;
        let asked = self.budget.asked();
        let Evaluation { result, fuel, memory, log, elapsed: said, .. } = evaluation;
        let memory = memory.min(plugin.limits.memory);
        let limit = usize::try_from(plugin.limits.log_bytes).unwrap_or(usize::MAX);
        // The log charges 16 bytes for a line beside its text, and a line is never longer than its level and its text. What
        // the host says stands in it as well.
        let (own, of_host): (Vec<_>, Vec<_>) = log.iter().partition(|line| !line.starts_with("host: "));
        let bytes = own.iter().map(|line| line.len().saturating_sub(16)).sum::<usize>();
        if own.len() > limit / 16 + 2 || bytes > limit.saturating_add(256) || of_host.len() > MOST_LINES {
            return Err(ChannelError::Garbled("it has a longer log than a plugin can write".to_owned()));
        }
        if fuel > plugin.budget(sample) {
            return Err(ChannelError::Garbled("it says that more fuel was used than there was".to_owned()));
        }
        if said > elapsed {
            return Err(ChannelError::Garbled("it says that more time was taken than passed".to_owned()));
        }
        let result = match (self.fault(), result) {
            (Some(fault), _) => Err(fault),
            (None, Ok(score)) => check(score, sample, &plugin.descriptor),
            (None, Err(fault)) => Err(of_plugin(fault)?),
        };
        let mut evaluation = Evaluation { result, fuel, memory, elapsed: said, log, asked };
        redact(&self.account.secrets, &mut evaluation);
        Ok(evaluation)
    }

    /// The same of the fault of a plugin that could not be loaded.
    pub(super) fn close_fault(&self, fault: Fault) -> Result<Fault, ChannelError> {
        let mut fault = self.fault().map_or_else(|| of_plugin(fault), Ok)?;
        self.account.secrets.redact(&mut fault.message);
        Ok(fault)
    }

    /// The limit of requests that was reached.
    fn fault(&self) -> Option<Fault> {
        self.requests.as_ref().and_then(Sends::fault)
    }

    /// Bytes that an honest process sends of the body of a request: those that are allowed, and the part of it in which
    /// they become too many.
    fn body_bytes(&self) -> usize {
        usize::try_from(self.account.plugin.loading.limits.http_bytes).unwrap_or(usize::MAX / 2) + (1 << 20)
    }

    fn answer(&mut self, call: HostCall, body: Vec<u8>) -> Option<Answered> {
        let until = self.until.min(Instant::now() + Duration::from_millis(call.left_ms));
        let grants = &self.account.plugin.loading.grants;
        match call.question {
            Question::Complete(_) | Question::Embed(_) if !grants.model => None,
            Question::Send(_) | Question::Read(_) if grants.http.is_empty() => None,
            Question::Send(send) => Some((Answer::Sent(self.send(send, body, until)), None)),
            Question::Read(number) => Some(self.read(number)),
            Question::Account => {
                let requests = self.requests.as_ref();
                let fault = requests.and_then(Sends::fault);
                let lines = requests.map(Sends::take_lines).unwrap_or_default();
                Some((Answer::Account { fault, lines }, None))
            }
            Question::Complete(prompt) => {
                let model = self.account.plugin.sandbox.0.model.as_deref();
                Some((Answer::Completed(self.budget.complete(model, prompt, until)), None))
            }
            Question::Embed(texts) => {
                let model = self.account.plugin.sandbox.0.model.as_deref();
                Some((Answer::Embedded(self.budget.embed(model, &texts, until)), None))
            }
        }
    }

    fn send(&mut self, send: Send, body: Vec<u8>, until: Instant) -> Result<Head, WireError> {
        let limits = &self.account.plugin.loading.limits;
        let hosts = self.account.hosts.clone().unwrap_or_default();
        let requests = self.requests.get_or_insert_with(|| Requests::new(hosts, limits, until));
        let options = RequestOptions {
            connect_timeout: send.connect,
            first_byte_timeout: send.first_byte,
            between_bytes_timeout: send.between_bytes,
        };
        let whole = send.whole;
        let request = request(send, body.into())?;
        if !whole {
            requests.late(request);
            return Err(Error::HttpResponseTimeout.into());
        }
        let nothing = Box::new(std::future::ready(Ok(())));
        let sent = in_tokio(Pin::from(requests.send_request(request, Some(options), nothing)));
        let (head, body) = sent?.0.into_parts();
        self.bodies.push(body);
        let number = u32::try_from(self.bodies.len() - 1).unwrap_or(u32::MAX);
        Ok(Head { status: head.status.as_u16(), headers: flat(&head.headers), body: number })
    }

    fn read(&mut self, number: u32) -> Answered {
        let Some(body) = self.bodies.get_mut(number as usize) else {
            return (Answer::Read(Ok(Part::End)), None);
        };
        let frame = match in_tokio(body.frame()) {
            None => return (Answer::Read(Ok(Part::End)), None),
            Some(Err(error)) => return (Answer::Read(Err(error.into())), None),
            Some(Ok(frame)) => frame,
        };
        match frame.into_data() {
            Ok(data) => (Answer::Read(Ok(Part::Data)), Some(data)),
            Err(frame) => {
                let trailers = frame.into_trailers().unwrap_or_default();
                (Answer::Read(Ok(Part::Trailers(flat(&trailers)))), None)
            }
        }
    }
}

/// The fault that a process says its plugin caused, if a plugin can.
pub(super) fn of_plugin(fault: Fault) -> Result<Fault, ChannelError> {
    if fault.kind.is_of_plugins() {
        return Ok(fault.shortened());
    }
    Err(ChannelError::Garbled(format!("no plugin causes the fault `{}`", fault.kind)))
}

/// The request that a process sent over.
fn request(send: Send, body: Bytes) -> Result<Request<WasiBody>, Error> {
    let trailers = headers(send.trailers).ok_or(Error::HttpProtocolError)?;
    let uri = Uri::try_from(send.uri).map_err(|_| Error::HttpRequestUriInvalid)?;
    let mut headers = headers(send.headers).ok_or(Error::HttpProtocolError)?;
    // Where a request ends is the host's to say: it has the whole body.
    if headers.remove(CONTENT_LENGTH).is_some() {
        headers.insert(CONTENT_LENGTH, body.len().into());
    }
    let mut request = Request::builder().method(send.method.as_str()).uri(uri);
    if let Some(to) = request.headers_mut() {
        *to = headers;
    }
    request.body(whole_body(body, trailers)).map_err(|_| Error::HttpRequestMethodInvalid)
}

fn whole_body(bytes: Bytes, trailers: HeaderMap) -> WasiBody {
    let body = Full::new(bytes).map_err(|never| match never {});
    if trailers.is_empty() {
        return body.boxed_unsync();
    }
    body.with_trailers(std::future::ready(Some(Ok(trailers)))).boxed_unsync()
}

/// Answers `call` for one of the plugins at these desks. What none of them may ask is an error.
pub(super) fn answer(
    desks: &mut [Desk<'_>],
    call: HostCall,
    channel: &mut Channel,
) -> Result<(), ChannelError> {
    let desk = desks.iter_mut().find(|desk| desk.number == call.plugin);
    let not_granted = || ChannelError::Garbled("it asks for what was not granted".to_owned());
    let desk = desk.ok_or_else(not_granted)?;
    desk.questions_left = desk
        .questions_left
        .checked_sub(1)
        .ok_or_else(|| ChannelError::Garbled("it asks more often than a plugin can".to_owned()))?;
    let body = match &call.question {
        Question::Send(_) => channel.receive_bytes(desk.body_bytes())?,
        _ => Vec::new(),
    };
    let (answer, bytes) = desk.answer(call, body).ok_or_else(not_granted)?;
    desk.questions_left += u64::from(bytes.as_ref().is_some_and(|bytes| !bytes.is_empty()));
    channel.send(&answer)?;
    bytes.map_or(Ok(()), |bytes| channel.send_bytes(&bytes))
}
