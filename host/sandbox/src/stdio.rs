//! Standard output and standard error of a guest: bounded, and part of its log.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes that one write may carry.
const WRITE: usize = 64 << 10;

/// What a guest printed, up to a limit. What comes beyond it is counted and forgotten.
#[derive(Debug, Clone)]
pub(crate) struct Printed(Arc<Mutex<Buffer>>);

#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    limit: usize,
}

impl Printed {
    pub(crate) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Buffer { bytes: Vec::new(), limit })))
    }

    fn write(&self, bytes: &[u8]) {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One byte more than is allowed, so that the log sees that something was cut.
        let room = (buffer.limit + 1).saturating_sub(buffer.bytes.len());
        let taken = &bytes[..bytes.len().min(room)];
        buffer.bytes.extend_from_slice(taken);
    }

    /// The lines so far.
    pub(crate) fn take_lines(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes);
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        Printed::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE)
    }
}
