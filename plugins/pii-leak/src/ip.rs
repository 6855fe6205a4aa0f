//! IP addresses. Those that are everybody's (loopback, unspecified, broadcast) reveal nothing.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::leak::Leak;
use crate::settings::Kind;
use crate::surroundings::{ends, starts, words_before};

pub(crate) fn find(text: &str) -> Vec<Leak> {
    let mut leaks = Vec::new();
    let mut at = 0;
    let inside = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    while at < text.len() {
        let run = text.as_bytes()[at..].iter().take_while(|byte| inside(byte)).count();
        // A sentence's full stop or a colon behind the address; `::` is part of it.
        let mut length = text[at..at + run].trim_end_matches('.').len();
        if text[at..at + length].ends_with(':') && !text[at..at + length].ends_with("::") {
            length -= 1;
        }
        if length > 0 && starts(text, at) && ends(text, at + length) {
            leaks.extend(address(text, at, length));
        }
        at += run.max(1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    leaks
}

fn address(text: &str, start: usize, length: usize) -> Option<Leak> {
    let found = &text[start..start + length];
    let (value, mask) = if let Ok(address) = found.parse::<Ipv4Addr>() {
        let shared = address.is_loopback() || address.is_unspecified() || address.is_broadcast();
        let version = words_before(text, start)
            .next()
            .is_some_and(|word| matches!(&*word, "version" | "v" | "release"));
        if shared || version {
            return None;
        }
        (address.to_string(), format!("{}.…", address.octets()[0]))
    } else {
        let address = found.parse::<Ipv6Addr>().ok()?;
        // `face::bead` is a path in some programming language.
        if address.is_loopback()
            || address.is_unspecified()
            || !found.bytes().any(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        (address.to_string(), format!("{:x}:…", address.segments()[0]))
    };
    Some(Leak { kind: Kind::Ip, bytes: start..start + length, what: "an IP address", mask, value })
}
