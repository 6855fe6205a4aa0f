//! Samples: what the host hands to a plugin, and what comes back.

use std::sync::OnceLock;

use scorebox_sandbox::{Configured, FaultKind, Grants, Limits};

use crate::guests::{PASSES, guest};
use crate::pieces;
use crate::sandbox::{sandbox, shipped, small, twice};

/// The first byte chooses one of three shipped plugins, or a guest that says the same of everything; the rest is a
/// sample. A shipped plugin scores whatever it gets, or says what the sample lacks; it may run out of fuel, and never
/// traps. All of it twice, in the same words and for the same fuel.
pub fn sample(data: &[u8]) {
    let Some((&which, rest)) = data.split_first() else { return };
    let sample = pieces::sample(pieces::texts(rest));
    let Some(evaluation) = twice(configured(which), &sample) else { return };
    match evaluation.result {
        Ok(score) => {
            for span in score.findings.iter().filter_map(|finding| finding.location) {
                assert!(span.quote(&sample).is_some(), "{span:?} points outside of {sample:?}");
            }
        }
        Err(fault) => {
            use FaultKind::{Failed, InvalidSample, OutOfFuel, OutOfMemory};
            let fair = [Failed, InvalidSample, OutOfFuel, OutOfMemory].contains(&fault.kind);
            assert!(fair, "{}: {fault}", char::from(which));
        }
    }
}

fn configured(which: u8) -> &'static Configured {
    static HAND: OnceLock<Configured> = OnceLock::new();
    static JSON: OnceLock<Configured> = OnceLock::new();
    static LENGTH: OnceLock<Configured> = OnceLock::new();
    static PII: OnceLock<Configured> = OnceLock::new();
    let configure = |bytes: &[u8], settings: &str| {
        let plugin = sandbox().load(bytes, &Grants::default()).expect("a plugin");
        let limits = Limits { deadline: small().deadline, ..Limits::default() };
        plugin.configure(settings, &limits).expect("settings that it knows")
    };
    match which {
        b'j' => JSON.get_or_init(|| {
            let settings = r#"{"schema": {"type": "object", "required": ["id"],
                "properties": {"id": {"type": "integer", "minimum": 1}, "tags": {"items": {"type": "string"}}}}}"#;
            configure(&shipped("json-shape"), settings)
        }),
        b'l' => LENGTH.get_or_init(|| {
            configure(&shipped("response-length"), r#"{"words": {"min": 2, "max": 50}}"#)
        }),
        b'p' => PII.get_or_init(|| configure(&shipped("pii-leak"), r#"{"allow": ["help@example.com"]}"#)),
        _ => HAND.get_or_init(|| configure(&guest(PASSES), "{}")),
    }
}
