//! Custom sections of a component: the descriptor, and others beside it.

use std::sync::OnceLock;

use scorebox_sandbox::{Descriptor, Sandbox};

use crate::guests::{PASSES, guest};
use crate::load::short;
use crate::pieces;

/// Appends each piece of the input to a sound component as a custom section: the first as the descriptor, the others
/// under the name that they begin with, up to a colon. A descriptor that is taken says the same when it is written and
/// read again.
pub fn descriptor(data: &[u8]) {
    static SOUND: OnceLock<Vec<u8>> = OnceLock::new();
    let mut component = SOUND.get_or_init(|| guest(PASSES)).clone();
    for (index, piece) in pieces::bytes(data).enumerate() {
        let colon = piece.iter().position(|byte| *byte == b':');
        match colon.filter(|_| index > 0) {
            Some(colon) => section(&mut component, &piece[..colon], &piece[colon + 1..]),
            None => section(&mut component, Descriptor::SECTION.as_bytes(), piece),
        }
    }
    match Sandbox::inspect(&component) {
        Ok(inspection) => {
            let _ = inspection.to_string();
            if let Some(descriptor) = &inspection.descriptor {
                let text = serde_json::to_string(descriptor).expect("a descriptor is JSON");
                let again: Descriptor = serde_json::from_str(&text).expect("what was written can be read");
                assert_eq!(*descriptor, again);
            }
        }
        Err(error) => short(&error.to_string()),
    }
}

/// A custom section as the binary format has it: 0, the size, the name with its length, the content.
pub(crate) fn section(component: &mut Vec<u8>, name: &[u8], content: &[u8]) {
    let mut body = Vec::new();
    length(&mut body, name.len());
    body.extend(name);
    body.extend(content);
    component.push(0);
    length(component, body.len());
    component.extend(body);
}

/// An unsigned LEB128.
fn length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}
