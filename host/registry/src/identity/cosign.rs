//! Bundles of what cosign before version 3 writes beside a signature in a registry: the certificate with its chain, and the
//! log's entry with its promise, each in an annotation.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sigstore_verify::types::Sha256Hash;

use super::Bundle;
use crate::artifact::Descriptor;
use crate::sign;

const CHAIN: &str = "dev.sigstore.cosign/chain";
const ENTRY: &str = "dev.sigstore.cosign/bundle";
/// A signed time, beside the log's.
const TIME: &str = "dev.sigstore.cosign/rfc3161timestamp";
/// Most certificates of one signature.
const MAX_CERTIFICATES: usize = 8;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Logged {
    signed_entry_timestamp: String,
    payload: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    body: String,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    kind: String,
    api_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Time {
    #[serde(rename = "SignedRFC3161Timestamp")]
    signed: String,
}

/// The bundle of a layer that has a certificate, whose payload was fetched. What does not fit together becomes a bundle that
/// proves nothing, and says so when it is asked.
pub(crate) fn of_layer(layer: &Descriptor, payload: &[u8]) -> Bundle {
    let bundle = assemble(layer, payload).unwrap_or_else(|| "{}".to_owned());
    Bundle { payload: Some(STANDARD.encode(payload)), bundle }
}

fn assemble(layer: &Descriptor, payload: &[u8]) -> Option<String> {
    let annotation = |name: &str| layer.annotations.get(name).map(String::as_str);
    let pem = [annotation(sign::CERTIFICATE)?, "\n", annotation(CHAIN).unwrap_or_default()].concat();
    let certificates: Vec<_> = certificates(&pem)?.into_iter().map(|der| json!({"rawBytes": der})).collect();
    let entries = match annotation(ENTRY) {
        None => json!([]),
        Some(text) => {
            let logged: Logged = serde_json::from_str(text).ok()?;
            let Entry { body, integrated_time, log_index, log } = logged.payload;
            let Body { kind, api_version } = serde_json::from_slice(&STANDARD.decode(&body).ok()?).ok()?;
            json!([{
                "logIndex": log_index.to_string(),
                "logId": {"keyId": STANDARD.encode(Sha256Hash::from_hex(&log).ok()?.as_bytes())},
                "kindVersion": {"kind": kind, "version": api_version},
                "integratedTime": integrated_time.to_string(),
                "inclusionPromise": {"signedEntryTimestamp": logged.signed_entry_timestamp},
                "canonicalizedBody": body,
            }])
        }
    };
    let times = match annotation(TIME) {
        None => json!([]),
        Some(text) => {
            let time: Time = serde_json::from_str(text).ok()?;
            json!([{"signedTimestamp": time.signed}])
        }
    };
    let bundle = json!({
        "mediaType": format!("{}+json;version=0.1", super::MEDIA_TYPE),
        "verificationMaterial": {
            "x509CertificateChain": {"certificates": certificates},
            "tlogEntries": entries,
            "timestampVerificationData": {"rfc3161Timestamps": times},
        },
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": STANDARD.encode(Sha256::digest(payload))},
            "signature": annotation(sign::ANNOTATION)?,
        },
    });
    Some(bundle.to_string())
}

/// The certificates of a PEM text, in base64.
fn certificates(pem: &str) -> Option<Vec<String>> {
    let mut all = Vec::new();
    let mut rest = pem;
    while let Some((_, after)) = rest.split_once("-----BEGIN CERTIFICATE-----") {
        let (body, after) = after.split_once("-----END CERTIFICATE-----")?;
        all.push(body.split_ascii_whitespace().collect::<String>());
        rest = after;
    }
    (1..=MAX_CERTIFICATES).contains(&all.len()).then_some(all)
}
