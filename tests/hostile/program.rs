//! The program `scorebox` with hostile plugins in its suite.

use std::fmt::Write;

use crate::guests;
use crate::stage::Isolation;
use crate::workspace::{Said, Workspace, sample};

/// Every format that a run can be shown in.
pub(crate) const FORMATS: [&str; 7] = ["terminal", "html", "junit", "sarif", "markdown", "json", "github"];

/// A metric of a suite: its name, its code, and further lines of YAML.
pub(crate) type Metric<'a> = (&'a str, &'a str, &'a str);

pub(crate) const HEALTHY: Metric<'static> = ("healthy", include_str!("healthy.wat"), "");

/// A suite with these plugins, and so many samples.
pub(crate) fn workspace(isolation: Isolation, samples: usize, metrics: &[Metric<'_>]) -> Workspace {
    let samples: Vec<_> =
        (0..samples).map(|index| sample(&format!("s{index}"), "distribution", "Grüße")).collect();
    let workspace = Workspace::new();
    workspace.dataset(&samples);
    let mut suite = String::new();
    for (name, wat, rest) in metrics {
        workspace.write(&format!("{name}.wasm"), guests::completed(wat));
        write!(suite, "  {name}:\n    plugin: {name}.wasm\n{rest}").unwrap();
    }
    workspace.suite(
        &suite,
        match isolation {
            Isolation::Instance => "",
            Isolation::Process => "isolation: process\n",
        },
    );
    workspace
}

/// `scorebox plugin inspect` on these bytes.
pub(crate) fn inspect(bytes: &[u8]) -> Said {
    let workspace = Workspace::new();
    workspace.write("plugin.wasm", bytes);
    workspace.run(&["plugin", "inspect", "plugin.wasm"])
}
