//! Waiting for streams and pollables, which ends with the deadline: fuel and epochs stop a guest, and not a call of the
//! host that the guest waits in.

use std::time::{Duration, Instant};

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::io as waiting;
use wasmtime_wasi::p2::bindings::sync::io as blocking;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError, StreamResult};
use wasmtime_wasi::runtime::in_tokio;

use crate::store::{HostError, State};

/// What a request has, which ends by itself at the deadline, to say so first.
const GRACE: Duration = Duration::from_millis(10);

/// The streams and pollables of one guest, and until when it may wait for them.
pub(crate) struct Waiting<'a> {
    table: &'a mut ResourceTable,
    deadline: Instant,
}

pub(crate) struct HasWaiting;

impl HasData for HasWaiting {
    type Data<'a> = Waiting<'a>;
}

/// The streams and pollables of `state`.
pub(crate) fn waiting(state: &mut State) -> Waiting<'_> {
    let deadline = state.deadline + GRACE;
    Waiting { table: &mut state.wasi().table, deadline }
}

impl Waiting<'_> {
    fn wait<'a, T>(&'a mut self, call: impl AsyncFnOnce(&'a mut ResourceTable) -> T) -> Result<T, HostError> {
        let deadline = self.deadline.into();
        in_tokio(async { tokio::time::timeout_at(deadline, call(self.table)).await })
            .map_err(|_| HostError::TimedOut)
    }

    fn wait_stream<'a, T>(
        &'a mut self,
        call: impl AsyncFnOnce(&'a mut ResourceTable) -> StreamResult<T>,
    ) -> StreamResult<T> {
        self.wait(call).unwrap_or_else(|error| Err(StreamError::Trap(error.into())))
    }
}

impl blocking::poll::Host for Waiting<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wait(async |table| waiting::poll::Host::poll(table, pollables).await)?
    }
}

impl blocking::poll::HostPollable for Waiting<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.wait(async |table| waiting::poll::HostPollable::ready(table, pollable).await)?
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.wait(async |table| waiting::poll::HostPollable::block(table, pollable).await)?
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        waiting::poll::HostPollable::drop(self.table, pollable)
    }
}

impl blocking::streams::Host for Waiting<'_> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<blocking::streams::StreamError> {
        blocking::streams::Host::convert_stream_error(self.table, error)
    }
}

impl blocking::streams::HostInputStream for Waiting<'_> {
    fn read(&mut self, stream: Resource<DynInputStream>, length: u64) -> StreamResult<Vec<u8>> {
        waiting::streams::HostInputStream::read(self.table, stream, length)
    }

    fn blocking_read(&mut self, stream: Resource<DynInputStream>, length: u64) -> StreamResult<Vec<u8>> {
        self.wait_stream(async |table| {
            waiting::streams::HostInputStream::blocking_read(table, stream, length).await
        })
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, length: u64) -> StreamResult<u64> {
        waiting::streams::HostInputStream::skip(self.table, stream, length)
    }

    fn blocking_skip(&mut self, stream: Resource<DynInputStream>, length: u64) -> StreamResult<u64> {
        self.wait_stream(async |table| {
            waiting::streams::HostInputStream::blocking_skip(table, stream, length).await
        })
    }

    fn subscribe(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        waiting::streams::HostInputStream::subscribe(self.table, stream)
    }

    fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        self.wait(async |table| waiting::streams::HostInputStream::drop(table, stream).await)?
    }
}

impl blocking::streams::HostOutputStream for Waiting<'_> {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        waiting::streams::HostOutputStream::check_write(self.table, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        waiting::streams::HostOutputStream::write(self.table, stream, bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        self.wait_stream(async |table| {
            waiting::streams::HostOutputStream::blocking_write_and_flush(table, stream, bytes).await
        })
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        waiting::streams::HostOutputStream::flush(self.table, stream)
    }

    fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        self.wait_stream(async |table| {
            waiting::streams::HostOutputStream::blocking_flush(table, stream).await
        })
    }

    fn subscribe(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        waiting::streams::HostOutputStream::subscribe(self.table, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, length: u64) -> StreamResult<()> {
        waiting::streams::HostOutputStream::write_zeroes(self.table, stream, length)
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        length: u64,
    ) -> StreamResult<()> {
        self.wait_stream(async |table| {
            waiting::streams::HostOutputStream::blocking_write_zeroes_and_flush(table, stream, length).await
        })
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<u64> {
        waiting::streams::HostOutputStream::splice(self.table, to, from, length)
    }

    fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<u64> {
        self.wait_stream(async |table| {
            waiting::streams::HostOutputStream::blocking_splice(table, to, from, length).await
        })
    }

    fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        self.wait(async |table| waiting::streams::HostOutputStream::drop(table, stream).await)?
    }
}
