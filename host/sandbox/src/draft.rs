//! What runs once in the life of a component: the engine for it, and what it compiled last.

use std::sync::{Arc, Mutex, PoisonError};

use wasmparser::{Parser, Payload};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::functions::Functions;
use crate::{SandboxError, engine};

/// Compiles for `describe` and `configure`.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) engine: Engine,
    /// What was compiled last, with its bytes, where one author's components follow one another: the settings that a
    /// component is tried with are many, and all of them run this code.
    last: Option<Mutex<Option<Last>>>,
}

/// A component, and the bytes that it was compiled from.
type Last = (Vec<u8>, Component);

impl Draft {
    pub(crate) fn new(functions: Option<&Arc<Functions>>) -> Result<Self, SandboxError> {
        Ok(Self { engine: engine::draft_engine(functions)?, last: functions.map(|_| Mutex::default()) })
    }

    /// Whether what is compiled is kept.
    pub(crate) fn keeps(&self) -> bool {
        self.last.is_some()
    }

    /// Compiles a component, or finds it compiled.
    pub(crate) fn compile(&self, bytes: Vec<u8>) -> wasmtime::Result<Component> {
        let Some(last) = &self.last else { return Component::from_binary(&self.engine, &bytes) };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, component)) = last.as_ref().filter(|(known, _)| *known == bytes) {
            return Ok(component.clone());
        }
        *last = None;
        let component = Component::from_binary(&self.engine, &bytes)?;
        *last = Some((bytes, component.clone()));
        Ok(component)
    }
}

/// The component without its outermost custom sections, which no code comes from: with its descriptor and without it, it
/// is compiled once.
pub(crate) fn bare(component: &[u8]) -> Vec<u8> {
    let mut bare = component.to_vec();
    let mut depth = 0_u32;
    let mut customs = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
            Ok(Payload::CustomSection(section)) if depth == 0 => customs.push(section),
            // It is refused where it is compiled.
            Err(_) => return bare,
            Ok(_) => {}
        }
    }
    for section in customs.iter().rev() {
        let content = section.range();
        let (start, end) = (content.start as usize, content.end as usize);
        bare.drain(header(component, start)..end);
    }
    bare
}

/// Where the section starts whose content starts at `content`: at its id, before the bytes of its size in LEB128, of which
/// all but the last have their highest bit set.
fn header(component: &[u8], content: usize) -> usize {
    let size = component[..content - 1].iter().rev().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    content - size - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outermost_custom_sections_go_whatever_their_size() {
        let component = |text: &str| wat::parse_str(format!("(component {text})")).unwrap();
        let inner = r#"(core module (@custom "kept" "x"))"#;
        for length in [0, 1, 100, 127, 128, 300, 20_000] {
            let data = "a".repeat(length);
            let with = component(&format!(r#"(@custom "one" "{data}") {inner} (@custom "two" "{data}")"#));
            assert_eq!(bare(&with), bare(&component(inner)), "{length}");
        }
        assert!(String::from_utf8_lossy(&bare(&component(inner))).contains("kept"));
    }

    #[test]
    fn what_is_no_component_stays_as_it_is() {
        assert_eq!(bare(b"\0asm nonsense"), b"\0asm nonsense");
    }
}
