//! Frames: a length of four bytes, and that many bytes. Messages are JSON; components and their code are bytes.
//!
//! Neither side believes the other: a frame has a cap, and on the host's side a time until which it has to be there.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How often a read or write that waits looks at the clock.
const LOOK: Duration = Duration::from_millis(50);
/// How much room is made for a frame before its bytes are there.
const STEP: usize = 1 << 20;
/// A buffer that grew beyond this is not kept.
const KEPT: usize = 4 << 20;

/// One end of a connection between the host and one of its processes.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: BufReader<UnixStream>,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Until when a frame has to be read or written; `None` to wait as long as it takes.
    until: Option<Instant>,
}

/// Why a frame did not come or go.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelError {
    /// The other side is gone.
    #[error("the connection ended")]
    Closed,
    /// The other side took too long.
    #[error("no answer came in time")]
    Late,
    /// A frame is larger than its cap.
    #[error("a message of {bytes} bytes came, more than the {most} that are allowed")]
    TooLarge { bytes: usize, most: usize },
    /// A frame is not what it should be.
    #[error("a message came that is none: {0}")]
    Garbled(String),
    /// Anything else.
    #[error(transparent)]
    Io(std::io::Error),
}

impl From<std::io::Error> for ChannelError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

impl Channel {
    /// An end that waits as long as it takes: the process's.
    pub(crate) fn patient(stream: UnixStream) -> Self {
        Self {
            stream: BufReader::with_capacity(64 << 10, stream),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            until: None,
        }
    }

    /// An end that looks at the clock: the host's.
    pub(crate) fn punctual(stream: UnixStream) -> std::io::Result<Self> {
        stream.set_read_timeout(Some(LOOK))?;
        stream.set_write_timeout(Some(LOOK))?;
        Ok(Self::patient(stream))
    }

    /// Until when all that follows has to be done.
    pub(crate) fn set_deadline(&mut self, until: Instant) {
        self.until = Some(until);
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: &impl Serialize) -> Result<(), ChannelError> {
        let mut frame = std::mem::take(&mut self.outgoing);
        frame.clear();
        frame.extend([0; 4]);
        serde_json::to_writer(&mut frame, message)
            .map_err(|error| ChannelError::Garbled(error.to_string()))?;
        let length = length(frame.len() - 4)?;
        frame[..4].copy_from_slice(&length);
        let sent = self.write(&frame);
        if frame.capacity() <= KEPT {
            self.outgoing = frame;
        }
        sent
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), ChannelError> {
        self.write(&length(bytes.len())?)?;
        self.write(bytes)
    }

    /// Receives a message of at most `most` bytes.
    pub(crate) fn receive<T: DeserializeOwned>(&mut self, most: usize) -> Result<T, ChannelError> {
        let mut frame = std::mem::take(&mut self.incoming);
        self.receive_into(&mut frame, most)?;
        let message =
            serde_json::from_slice(&frame).map_err(|error| ChannelError::Garbled(error.to_string()));
        if frame.capacity() <= KEPT {
            self.incoming = frame;
        }
        message
    }

    /// Receives at most `most` bytes.
    pub(crate) fn receive_bytes(&mut self, most: usize) -> Result<Vec<u8>, ChannelError> {
        let mut frame = Vec::new();
        self.receive_into(&mut frame, most)?;
        Ok(frame)
    }

    fn receive_into(&mut self, frame: &mut Vec<u8>, most: usize) -> Result<(), ChannelError> {
        // One whose frames are always there already would never be waited for, and never be late.
        self.look()?;
        let mut length = [0; 4];
        self.read(&mut length)?;
        let bytes = u32::from_le_bytes(length) as usize;
        if bytes > most {
            return Err(ChannelError::TooLarge { bytes, most });
        }
        frame.clear();
        while frame.len() < bytes {
            let start = frame.len();
            frame.resize(bytes.min(start + STEP), 0);
            self.read(&mut frame[start..])?;
        }
        Ok(())
    }

    fn read(&mut self, mut to: &mut [u8]) -> Result<(), ChannelError> {
        while !to.is_empty() {
            match self.stream.read(to) {
                Ok(0) => return Err(ChannelError::Closed),
                Ok(read) => {
                    to = &mut to[read..];
                    // One who sends a byte now and then is late all the same.
                    if !to.is_empty() {
                        self.look()?;
                    }
                }
                Err(error) => self.wait_or(error)?,
            }
        }
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), ChannelError> {
        while !bytes.is_empty() {
            match self.stream.get_mut().write(bytes) {
                Ok(0) => return Err(ChannelError::Closed),
                Ok(written) => {
                    bytes = &bytes[written..];
                    if !bytes.is_empty() {
                        self.look()?;
                    }
                }
                Err(error) => self.wait_or(error)?,
            }
        }
        Ok(())
    }

    fn wait_or(&self, error: std::io::Error) -> Result<(), ChannelError> {
        match error.kind() {
            ErrorKind::Interrupted => Ok(()),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.look(),
            _ => Err(error.into()),
        }
    }

    fn look(&self) -> Result<(), ChannelError> {
        match self.until {
            Some(until) if Instant::now() >= until => Err(ChannelError::Late),
            _ => Ok(()),
        }
    }
}

fn length(bytes: usize) -> Result<[u8; 4], ChannelError> {
    match u32::try_from(bytes) {
        Ok(length) => Ok(length.to_le_bytes()),
        Err(_) => Err(ChannelError::TooLarge { bytes, most: u32::MAX as usize }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Channel, UnixStream) {
        let (here, there) = UnixStream::pair().unwrap();
        let mut here = Channel::punctual(here).unwrap();
        here.set_deadline(Instant::now() + Duration::from_millis(200));
        (here, there)
    }

    #[test]
    fn what_is_sent_is_received() {
        let (mut here, there) = pair();
        let mut there = Channel::patient(there);
        let text = "\"\\\u{0}ü".repeat(1000);
        here.send(&text).unwrap();
        here.send_bytes(b"\x00\xff").unwrap();
        assert_eq!(there.receive::<String>(1 << 20).unwrap(), text);
        assert_eq!(there.receive_bytes(2).unwrap(), b"\x00\xff");
    }

    #[test]
    fn what_is_late_large_garbled_or_gone_is_told_apart() {
        let (mut here, _there) = pair();
        assert!(matches!(here.receive::<u8>(10), Err(ChannelError::Late)));
        let (mut here, mut there) = pair();
        there.write_all(&11_u32.to_le_bytes()).unwrap();
        let error = here.receive::<u8>(10).unwrap_err();
        assert_eq!(error.to_string(), "a message of 11 bytes came, more than the 10 that are allowed");

        let (mut here, mut there) = pair();
        there.write_all(b"\x03\0\0\0{}}").unwrap();
        assert!(matches!(here.receive::<serde_json::Value>(10), Err(ChannelError::Garbled(_))));
        there.write_all(b"\x03\0\0\0{").unwrap();
        drop(there);
        assert!(matches!(here.receive::<serde_json::Value>(10), Err(ChannelError::Closed)));
    }

    #[test]
    fn one_who_never_pauses_is_late_all_the_same() {
        let (mut here, mut there) = pair();
        let frames = b"\x01\0\0\x007".repeat(1000);
        there.write_all(&frames).unwrap();
        assert_eq!(here.receive::<u8>(1).unwrap(), 7);
        std::thread::sleep(Duration::from_millis(250));
        assert!(matches!(here.receive::<u8>(1), Err(ChannelError::Late)));
    }

    #[test]
    fn nobody_waits_for_one_who_does_not_read() {
        let (mut here, _there) = pair();
        assert!(matches!(here.send_bytes(&vec![0; 64 << 20]), Err(ChannelError::Late)));
    }
}
