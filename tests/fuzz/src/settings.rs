//! Settings: a text that the host hands to a plugin's `configure`.

use std::sync::OnceLock;

use scorebox_sandbox::{FaultKind, Grants, Plugin};

use crate::guests::{PASSES, guest_with};
use crate::sandbox::{healthy_beside, sandbox, shipped, small};

/// Refuses its settings, in their own words: `failure::invalid-settings` at 5000 with the text that it was given.
const ECHOES: &str = "(i32.store8 (i32.const 5000) (i32.const 1)) (i32.store8 (i32.const 5004) (i32.const 0))
    (i32.store (i32.const 5008) (local.get 0)) (i32.store (i32.const 5012) (local.get 1)) (i32.const 5000)";

/// Hands the settings to a guest that refuses them in their own words, which have to arrive unchanged; and, where the
/// first byte is an exclamation mark, to the shipped plugin `response-length` instead, which has to say twice the same:
/// that takes a hundred times as long.
pub fn settings(data: &[u8]) {
    match data.split_first() {
        Some((b'!', rest)) => real(&String::from_utf8_lossy(rest)),
        _ => echoed(&String::from_utf8_lossy(data)),
    }
    healthy_beside();
}

fn echoed(text: &str) {
    static ECHO: OnceLock<Plugin> = OnceLock::new();
    let echo = ECHO.get_or_init(|| load(&guest_with("", ECHOES, PASSES)));
    let fault = echo.configure(text, &small()).expect_err("it refuses everything");
    if fault.kind == FaultKind::InvalidSettings {
        assert_eq!(fault.message, text);
    } else {
        let long = matches!(fault.kind, FaultKind::OutOfMemory | FaultKind::OutOfFuel);
        assert!(long && text.len() > 100_000, "{} bytes of settings: {fault}", text.len());
    }
}

fn real(text: &str) {
    static REAL: OnceLock<Plugin> = OnceLock::new();
    let real = REAL.get_or_init(|| load(&shipped("response-length")));
    let limits = scorebox_sandbox::Limits { deadline: small().deadline, ..Default::default() };
    let configure = || real.configure(text, &limits).map(drop);
    let first = configure();
    assert_eq!(first, configure(), "the same settings had two answers");
    if let Err(fault) = first {
        assert_eq!(
            fault.kind,
            FaultKind::InvalidSettings,
            "a shipped plugin refuses settings in words: {fault}"
        );
    }
}

fn load(bytes: &[u8]) -> Plugin {
    sandbox().load(bytes, &Grants::default()).expect("a plugin")
}
