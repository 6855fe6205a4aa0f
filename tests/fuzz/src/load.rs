//! Bytes that are said to be a plugin.

use scorebox_sandbox::{Grants, Sandbox};

use crate::sandbox::sandbox;

/// Reads the bytes as a component, without compiling them. What is refused is refused with a message of bounded length;
/// what is taken in is described, and twice in the same words.
pub fn load(data: &[u8]) {
    let first = Sandbox::inspect(data);
    assert_eq!(first, Sandbox::inspect(data), "the same bytes were read in two ways");
    match &first {
        Ok(inspection) => {
            assert_eq!(inspection.size, data.len());
            serde_json::to_string(inspection).expect("an inspection is JSON");
            let _ = inspection.to_string();
        }
        Err(error) => short(&error.to_string()),
    }
    match sandbox().load(data, &Grants::default()) {
        Ok(plugin) => assert_eq!(Ok(plugin.inspection()), first.as_ref()),
        Err(error) => short(&error.to_string()),
    }
}

/// A message that quotes a stranger quotes a part.
pub(crate) fn short(message: &str) {
    assert!(message.len() < 8 << 10, "a message of {} bytes: {message:.200}", message.len());
}
