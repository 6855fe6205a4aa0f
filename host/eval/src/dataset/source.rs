//! The bytes of a dataset, with the line that they stand in.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::DatasetError;
use crate::named;

/// Longest record, in bytes: what one sample can make the reader hold.
pub(crate) const MAX_RECORD: usize = 32 << 20;
/// Bytes read at once.
const BUFFER: usize = 256 << 10;

/// A dataset's bytes. Counts lines and bytes, and passes over a byte order mark.
pub(crate) struct Source {
    reader: BufReader<Box<dyn Read + Send>>,
    path: Arc<Path>,
    total: u64,
    consumed: u64,
    line: u64,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("path", &self.path).field("line", &self.line).finish_non_exhaustive()
    }
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, DatasetError> {
        let read = |source| DatasetError::read(path, source);
        let file = named::open(path).map_err(read)?;
        let bytes = file.metadata().map_err(read)?.len();
        Self::new(Box::new(file), path, bytes)
    }

    pub(crate) fn new(reader: Box<dyn Read + Send>, path: &Path, total: u64) -> Result<Self, DatasetError> {
        let reader = BufReader::with_capacity(BUFFER, reader);
        let mut source = Self { reader, path: Arc::from(path), total, consumed: 0, line: 1 };
        let start = source.available()?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(source.broken("the file is UTF-16: save it as UTF-8"));
        }
        if start.starts_with(b"\xef\xbb\xbf") {
            source.consume(3);
        }
        Ok(source)
    }

    pub(crate) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// Length of the file in bytes.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Bytes consumed.
    pub(crate) fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Line of the next byte, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The bytes at hand; empty at the end of the file.
    pub(crate) fn available(&mut self) -> Result<&[u8], DatasetError> {
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DatasetError::read(&self.path, error)),
            }
        }
        // What the loop filled; asking again keeps the borrow out of the loop and reads nothing.
        Ok(self.reader.buffer())
    }

    /// The next byte.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, DatasetError> {
        Ok(self.available()?.first().copied())
    }

    /// Moves on by `count` of the available bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let passed = &self.reader.buffer()[..count];
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.consumed += count as u64;
        self.reader.consume(count);
    }

    /// Moves `count` of the available bytes to the end of `record`, which began at line `began`.
    pub(crate) fn take(
        &mut self,
        count: usize,
        record: &mut Vec<u8>,
        began: u64,
    ) -> Result<(), DatasetError> {
        if record.len() + count > MAX_RECORD {
            let limit = MAX_RECORD >> 20;
            return Err(DatasetError::broken(
                &self.path,
                began,
                format!(
                    "the record that begins here is larger than {limit} MiB: split it, or close its quotes"
                ),
            ));
        }
        record.extend_from_slice(&self.reader.buffer()[..count]);
        self.consume(count);
        Ok(())
    }

    /// Moves on past white space.
    pub(crate) fn skip_space(&mut self) -> Result<(), DatasetError> {
        loop {
            let available = self.available()?;
            let space = available.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let more = space > 0 && space == available.len();
            self.consume(space);
            if !more {
                return Ok(());
            }
        }
    }

    /// Something wrong in the line of the next byte.
    pub(crate) fn broken(&self, problem: impl Into<String>) -> DatasetError {
        DatasetError::broken(&self.path, self.line, problem)
    }
}
