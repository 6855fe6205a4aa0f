//! Plugins on their way from one team to another: through a real registry, through a directory, and past registries that
//! lie.

mod bad_servers;
mod credentials;
mod directories;
mod identities;
mod real;
mod servers;
mod trouble;

use std::path::Path;

use scorebox_registry::embed_descriptor;
use scorebox_sandbox::{Descriptor, Kind};

use crate::guests::{self, PASSES};
use crate::workspace::{Said, Workspace, sample};

/// What a plugin of these tests says of itself.
pub(crate) fn descriptor(version: &str) -> Descriptor {
    Descriptor {
        name: "greets".to_owned(),
        version: version.to_owned(),
        summary: "The answer greets.".to_owned(),
        kind: Kind::Constraint,
        settings_schema: serde_json::json!({"type": "object"}),
        range: None,
        higher_is_better: true,
        needs: Vec::new(),
    }
}

/// A plugin that passes everything, of this version, and asks for what its manifest says.
pub(crate) fn package(version: &str, grants: &str) -> Vec<u8> {
    let component = embed_descriptor(guests::guest(PASSES), &descriptor(version)).unwrap();
    let manifest = format!("{{\"licence\":\"MIT\",\"authors\":[\"Jo\"],\"grants\":{grants}}}");
    with_section(component, "scorebox:manifest", manifest.as_bytes())
}

/// The component with one more custom section.
pub(crate) fn with_section(mut component: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
    let mut length = 1 + name.len() + data.len();
    component.push(0);
    while length >= 128 {
        component.push((length & 127) as u8 | 128);
        length >>= 7;
    }
    component.push(length as u8);
    component.push(u8::try_from(name.len()).unwrap());
    component.extend(name.bytes());
    component.extend(data);
    component
}

/// A team: a suite that uses `reference`, a store, and nothing in either yet.
pub(crate) fn team(reference: &str) -> Workspace {
    Workspace::with(
        &[sample("a", "regression", "Hello.")],
        &format!("  greets:\n    plugin: \"{reference}\"\n"),
    )
}

/// All files in the store, by their names.
pub(crate) fn stored(workspace: &Workspace) -> Vec<String> {
    let mut names = Vec::new();
    for part in ["components", "packages"] {
        for entry in std::fs::read_dir(workspace.path("store").join(part)).into_iter().flatten() {
            names.push(format!("{part}/{}", entry.unwrap().file_name().display()));
        }
    }
    names.sort();
    names
}

/// What somebody reads in an error, on one line, without the frame that is drawn around it.
pub(crate) fn words(said: &Said) -> String {
    let plain = said.err.replace(['│', '×', '─', '╭', '╰'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
pub(crate) fn holds(said: &Said, parts: &[&str]) {
    let words = words(said);
    for part in parts {
        assert!(words.contains(part), "{part:?} is not in\n{}", said.err);
    }
}

/// Keys of a publisher: `NAME.key` and `NAME.pub`.
pub(crate) fn keys(workspace: &Workspace, name: &str) {
    workspace.run(&["plugin", "keygen", name]).expect(0);
}

/// The public key in another workspace.
pub(crate) fn hand_over(from: &Workspace, to: &Workspace, name: &str) {
    std::fs::copy(from.path(name), to.path(Path::new(name).file_name().unwrap().to_str().unwrap())).unwrap();
}
