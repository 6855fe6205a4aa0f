//! Connections to granted hosts: look the name up, check every address, connect to one that was checked.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::Error;

use super::hosts::{Host, Hosts};
use super::ledger::Ledger;

/// Finds the addresses of a name.
pub(crate) enum Lookup {
    /// As every other program on this machine does.
    OfTheSystem,
    /// As a test says.
    #[cfg(test)]
    By(Told),
}

/// What a test says of a name.
#[cfg(test)]
pub(crate) type Told = Box<dyn Fn(&str) -> Vec<std::net::IpAddr> + Send + Sync>;

impl Lookup {
    async fn addresses(&self, host: &Host) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::OfTheSystem => Ok(tokio::net::lookup_host((host.dns_name(), host.port())).await?.collect()),
            #[cfg(test)]
            Self::By(lookup) => {
                Ok(lookup(host.dns_name()).into_iter().map(|ip| SocketAddr::new(ip, host.port())).collect())
            }
        }
    }
}

/// How servers prove who they are.
pub(crate) struct Tls(Result<TlsConnector, String>);

impl Tls {
    /// For hosts without encryption.
    pub(super) fn none() -> Self {
        Self(Err("no encrypted host was granted".to_owned()))
    }

    /// Trusts what this machine trusts.
    pub(super) fn of_the_system() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier);
        Self(match config {
            Ok(config) => {
                let mut config = config.with_no_client_auth();
                config.alpn_protocols = vec![b"http/1.1".to_vec()];
                Ok(TlsConnector::from(Arc::new(config)))
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

/// What a request is sent through.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to `host`.
pub(super) async fn connect(
    hosts: &Hosts,
    host: &Host,
    ledger: &Arc<Ledger>,
) -> Result<Box<dyn Stream>, Error> {
    let stream = reach(&hosts.lookup, host, ledger).await?;
    // What is not sent at once would wait for an answer that is not coming.
    let _ = stream.set_nodelay(true);
    let stream = Metered { stream, ledger: Arc::clone(ledger) };
    if host.is_plain() {
        return Ok(Box::new(stream));
    }
    let tls = hosts.tls.0.as_ref().map_err(|reason| {
        ledger.say(format!("{}/: {reason}; name a file of root certificates in SSL_CERT_FILE", host.shown));
        Error::TlsCertificateError
    })?;
    let name = host.server_name().ok_or(Error::TlsCertificateError)?;
    match tls.connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => {
            ledger.say(format!("{}/: {error}", host.shown));
            Err(tls_error(&error))
        }
    }
}

/// Tries the addresses of `host` that it may have, one after the other.
async fn reach(lookup: &Lookup, host: &Host, ledger: &Ledger) -> Result<TcpStream, Error> {
    let found = match host.literal() {
        Some(address) => vec![SocketAddr::new(address, host.port())],
        None => lookup.addresses(host).await.map_err(|error| {
            ledger.say(format!("{}/: the name cannot be looked up: {error}", host.shown));
            Error::DnsError { rcode: None, info_code: None }
        })?,
    };
    let mut allowed = Vec::new();
    let mut forbidden = None;
    for address in found {
        match host.forbids(address.ip()) {
            None => allowed.push(address),
            Some(reason) => forbidden = Some(reason),
        }
    }
    if allowed.is_empty() {
        let Some(reason) = forbidden else {
            ledger.say(format!("{}/: the name has no address", host.shown));
            return Err(Error::DnsError { rcode: None, info_code: None });
        };
        ledger.say(format!("refused {}/: {reason}", host.shown));
        return Err(Error::DestinationIpProhibited);
    }
    let mut last = Error::DestinationUnavailable;
    let mut left = u32::try_from(allowed.len()).unwrap_or(u32::MAX);
    for address in allowed {
        // One address that does not answer leaves time for the others.
        let share = ledger.deadline().saturating_duration_since(tokio::time::Instant::now()) / left;
        left -= 1;
        last = match attempt(address, share, left == 0).await {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                ledger.say(format!("{}/: {}: {error}", host.shown, address.ip()));
                connect_error(&error)
            }
        };
    }
    Err(last)
}

async fn attempt(address: SocketAddr, share: Duration, last: bool) -> io::Result<TcpStream> {
    if last {
        // Bounded by the deadline.
        return TcpStream::connect(address).await;
    }
    tokio::time::timeout(share, TcpStream::connect(address))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

fn connect_error(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        io::ErrorKind::TimedOut => Error::ConnectionTimeout,
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => Error::DestinationIpUnroutable,
        _ => Error::DestinationUnavailable,
    }
}

fn tls_error(error: &io::Error) -> Error {
    let reason = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    match reason {
        Some(rustls::Error::InvalidCertificate(_)) => Error::TlsCertificateError,
        Some(rustls::Error::AlertReceived(alert)) => {
            Error::TlsAlertReceived { alert_id: Some(u8::from(*alert)), alert_message: None }
        }
        Some(_) => Error::TlsProtocolError,
        None => Error::ConnectionTerminated,
    }
}

/// Counts every byte on the wire: headers, encryption and what was never asked for.
struct Metered {
    stream: TcpStream,
    ledger: Arc<Ledger>,
}

impl Metered {
    fn count(&self, bytes: usize) -> io::Result<()> {
        if self.ledger.bytes(bytes) { Ok(()) } else { Err(io::Error::other("over budget")) }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if let Poll::Ready(Ok(())) = read {
            self.count(buffer.filled().len() - before)?;
        }
        read
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(bytes)) = written {
            self.count(bytes)?;
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        if let Poll::Ready(Ok(bytes)) = written {
            self.count(bytes)?;
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
