//! Requests and responses as they go between a process and the host.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use wasmtime_wasi_http::Error;

/// The head of a response, and the number of its body.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: u32,
}

/// Headers as names and bytes.
pub(super) fn flat(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

/// The headers of these names and bytes; `None` where they are none.
pub(super) fn headers(flat: Vec<(String, Vec<u8>)>) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(flat.len());
    for (name, value) in flat {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.try_append(name, HeaderValue::from_maybe_shared(bytes::Bytes::from(value)).ok()?).ok()?;
    }
    Some(headers)
}

/// Why there is no response, as plugins are told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum WireError {
    Named(String),
    Dns { rcode: Option<String>, info_code: Option<u16> },
    Alert { alert_id: Option<u8>, alert_message: Option<String> },
    RequestBodySize(Option<u64>),
    ResponseBodySize(Option<u64>),
    ResponseHeaderSectionSize(Option<u32>),
    Other(Option<String>),
}

macro_rules! named_errors {
    ($($name:ident),* $(,)?) => {
        impl From<Error> for WireError {
            fn from(error: Error) -> Self {
                match error {
                    $(Error::$name => Self::Named(stringify!($name).to_owned()),)*
                    Error::DnsError { rcode, info_code } => Self::Dns { rcode, info_code },
                    Error::TlsAlertReceived { alert_id, alert_message } => {
                        Self::Alert { alert_id, alert_message }
                    }
                    Error::HttpRequestBodySize(size) => Self::RequestBodySize(size),
                    Error::HttpResponseBodySize(size) => Self::ResponseBodySize(size),
                    Error::HttpResponseHeaderSectionSize(size) => Self::ResponseHeaderSectionSize(size),
                    Error::InternalError(why) => Self::Other(why),
                    other => Self::Other(Some(other.to_string())),
                }
            }
        }

        impl From<WireError> for Error {
            fn from(error: WireError) -> Self {
                match error {
                    WireError::Named(name) => match name.as_str() {
                        $(stringify!($name) => Self::$name,)*
                        _ => Self::InternalError(None),
                    },
                    WireError::Dns { rcode, info_code } => Self::DnsError { rcode, info_code },
                    WireError::Alert { alert_id, alert_message } => {
                        Self::TlsAlertReceived { alert_id, alert_message }
                    }
                    WireError::RequestBodySize(size) => Self::HttpRequestBodySize(size),
                    WireError::ResponseBodySize(size) => Self::HttpResponseBodySize(size),
                    WireError::ResponseHeaderSectionSize(size) => Self::HttpResponseHeaderSectionSize(size),
                    WireError::Other(why) => Self::InternalError(why),
                }
            }
        }
    };
}

named_errors! {
    DnsTimeout,
    DestinationNotFound,
    DestinationUnavailable,
    DestinationIpProhibited,
    DestinationIpUnroutable,
    ConnectionRefused,
    ConnectionTerminated,
    ConnectionTimeout,
    ConnectionReadTimeout,
    ConnectionWriteTimeout,
    ConnectionLimitReached,
    TlsProtocolError,
    TlsCertificateError,
    HttpRequestDenied,
    HttpRequestLengthRequired,
    HttpRequestMethodInvalid,
    HttpRequestUriInvalid,
    HttpRequestUriTooLong,
    HttpResponseIncomplete,
    HttpResponseTimeout,
    HttpUpgradeFailed,
    HttpProtocolError,
    LoopDetected,
    ConfigurationError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_the_same_on_the_other_side() {
        for error in [
            Error::HttpRequestDenied,
            Error::DnsError { rcode: Some("NXDOMAIN".into()), info_code: Some(1) },
            Error::TlsAlertReceived { alert_id: Some(42), alert_message: None },
            Error::HttpResponseBodySize(Some(7)),
            Error::HttpResponseHeaderSectionSize(None),
            Error::InternalError(Some("why".into())),
        ] {
            let said = format!("{error:?}");
            let wire = serde_json::to_string(&WireError::from(error)).unwrap();
            let back = Error::from(serde_json::from_str::<WireError>(&wire).unwrap());
            assert_eq!(format!("{back:?}"), said);
        }
    }
}
