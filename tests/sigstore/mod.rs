//! An instance of sigstore that tests make: an authority, a log, and what both say of signatures.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SigningKey, date_time_ymd,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A day within the certificates' time, in seconds of Unix.
pub(crate) const IN_TIME: i64 = 1_735_819_200;
/// Long after.
pub(crate) const TOO_LATE: i64 = IN_TIME + 30 * 86_400;
/// The kind of statement that is a signature.
pub(crate) const SIGNATURE: &str = "https://sigstore.dev/cosign/sign/v1";

/// Whoever signs, and when the log takes it in.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) time: i64,
}

impl Who {
    pub(crate) fn new(subject: &str, issuer: &str) -> Self {
        Self { subject: subject.to_owned(), issuer: issuer.to_owned(), time: IN_TIME }
    }
}

/// An authority and a log.
pub(crate) struct Sigstore {
    authority: Issuer<'static, KeyPair>,
    root: Vec<u8>,
    pub(crate) log: KeyPair,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
}

impl Sigstore {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "authority.example");
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        Self { authority: Issuer::new(params, key), root, log: KeyPair::generate().unwrap() }
    }

    fn log_id(&self) -> [u8; 32] {
        sha256(&self.log.subject_public_key_info())
    }

    /// Its `trusted_root.json`.
    pub(crate) fn trust_root(&self) -> Value {
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [{
                "baseUrl": "https://log.example",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": STANDARD.encode(self.log.subject_public_key_info()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": {"start": "2024-01-01T00:00:00Z"},
                },
                "logId": {"keyId": STANDARD.encode(self.log_id())},
            }],
            "certificateAuthorities": [{
                "subject": {"organization": "example", "commonName": "authority.example"},
                "uri": "https://authority.example",
                "certChain": {"certificates": [{"rawBytes": STANDARD.encode(&self.root)}]},
                "validFor": {"start": "2024-01-01T00:00:00Z"},
            }],
        })
    }

    /// A certificate for two days, and its key.
    fn certificate(&self, who: &Who) -> (Vec<u8>, KeyPair) {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(2025, 1, 3);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let subject = Ia5String::try_from(who.subject.as_str()).unwrap();
        params.subject_alt_names = vec![if who.subject.contains("://") {
            SanType::URI(subject)
        } else {
            SanType::Rfc822Name(subject)
        }];
        // The issuer as sigstore has it: a text in DER.
        let mut issuer = vec![0x0c, u8::try_from(who.issuer.len()).unwrap()];
        issuer.extend(who.issuer.bytes());
        params.custom_extensions =
            vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 57264, 1, 8], issuer)];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.authority).unwrap();
        (certificate.der().to_vec(), key)
    }

    /// The log's entry, with its promise and with the proof that it is the log's only one.
    fn entry(&self, kind: &str, body: &Value, time: i64) -> Value {
        let body = body.to_string();
        let log = self.log_id();
        let promised = format!(
            "{{\"body\":\"{}\",\"integratedTime\":{time},\"logID\":\"{}\",\"logIndex\":0}}",
            STANDARD.encode(&body),
            hex(&log)
        );
        let root = STANDARD.encode(sha256(&[b"\0", body.as_bytes()].concat()));
        let note = format!("log.example\n1\n{root}\n");
        let signed = [&log[..4], &self.log.sign(note.as_bytes()).unwrap()].concat();
        json!({
            "logIndex": "0",
            "logId": {"keyId": STANDARD.encode(log)},
            "kindVersion": {"kind": kind, "version": "0.0.1"},
            "integratedTime": time.to_string(),
            "inclusionPromise": {
                "signedEntryTimestamp": STANDARD.encode(self.log.sign(promised.as_bytes()).unwrap()),
            },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": root,
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": format!("{note}\n— log.example {}\n", STANDARD.encode(signed))},
            },
            "canonicalizedBody": STANDARD.encode(&body),
        })
    }

    fn bundle(certificate: &[u8], entry: &Value) -> Value {
        json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": STANDARD.encode(certificate)},
                "tlogEntries": [entry],
            },
        })
    }

    fn signed(&self, who: &Who, bytes: &[u8]) -> (Vec<u8>, Vec<u8>, Value) {
        let (certificate, key) = self.certificate(who);
        let signature = key.sign(bytes).unwrap();
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": hex(&sha256(bytes))}},
                "signature": {
                    "content": STANDARD.encode(&signature),
                    "publicKey": {"content": STANDARD.encode(pem(&certificate))},
                },
            },
        });
        let entry = self.entry("hashedrekord", &body, who.time);
        (certificate, signature, entry)
    }

    /// The bundle of a file, as `cosign sign-blob` makes it.
    pub(crate) fn sign(&self, who: &Who, bytes: &[u8]) -> Value {
        let (certificate, signature, entry) = self.signed(who, bytes);
        let mut bundle = Self::bundle(&certificate, &entry);
        bundle["messageSignature"] = json!({
            "messageDigest": {"algorithm": "SHA2_256", "digest": STANDARD.encode(sha256(bytes))},
            "signature": STANDARD.encode(signature),
        });
        bundle
    }

    /// The bundle of a statement about what has this digest, as cosign makes it of an artifact in a registry.
    pub(crate) fn state(&self, who: &Who, kind: &str, digest: &str) -> Value {
        let (certificate, key) = self.certificate(who);
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"digest": {"sha256": digest.strip_prefix("sha256:").unwrap()}}],
            "predicateType": kind,
            "predicate": {},
        })
        .to_string();
        let media_type = "application/vnd.in-toto+json";
        let signed = format!("DSSEv1 {} {media_type} {} {statement}", media_type.len(), statement.len());
        let signature = STANDARD.encode(key.sign(signed.as_bytes()).unwrap());
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": {"algorithm": "sha256", "value": hex(&sha256(b"how it was written"))},
                "payloadHash": {"algorithm": "sha256", "value": hex(&sha256(statement.as_bytes()))},
                "signatures": [{"signature": signature, "verifier": STANDARD.encode(pem(&certificate))}],
            },
        });
        let mut bundle = Self::bundle(&certificate, &self.entry("dsse", &body, who.time));
        bundle["dsseEnvelope"] = json!({
            "payload": STANDARD.encode(&statement),
            "payloadType": media_type,
            "signatures": [{"sig": signature}],
        });
        bundle
    }

    /// The annotations of a layer with this payload, as cosign before version 3 makes them.
    pub(crate) fn annotations(&self, who: &Who, payload: &[u8]) -> BTreeMap<String, String> {
        let (certificate, signature, entry) = self.signed(who, payload);
        let logged = json!({
            "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": entry["canonicalizedBody"],
                "integratedTime": who.time,
                "logIndex": 0,
                "logID": hex(&self.log_id()),
            },
        });
        [
            ("dev.cosignproject.cosign/signature", STANDARD.encode(signature)),
            ("dev.sigstore.cosign/certificate", pem(&certificate)),
            ("dev.sigstore.cosign/chain", pem(&self.root)),
            ("dev.sigstore.cosign/bundle", logged.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// What cosign signs of the artifact with this digest.
pub(crate) fn payload(digest: &str) -> Vec<u8> {
    json!({
        "critical": {
            "identity": {"docker-reference": "registry.example/acme/greets"},
            "image": {"docker-manifest-digest": digest},
            "type": "cosign container image signature",
        },
        "optional": null,
    })
    .to_string()
    .into_bytes()
}
