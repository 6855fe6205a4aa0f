//! What each import lets a plugin do. The imports are the permissions, so this table is the sandbox's outer wall: an
//! interface that does not stand here is refused by name.

use serde::{Deserialize, Serialize};

use crate::Grants;

const PACKAGE: &str = "scorebox:plugin/";
const VERSION: &str = "0.1.0";

/// What an import is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Capability {
    /// Types alone: nothing can be done with them.
    Types,
    /// A bounded log.
    Log,
    /// The host's language and embedding models.
    Model,
    /// Clocks that stand still.
    Clocks,
    /// Random numbers that are the same in every evaluation.
    Random,
    /// Standard streams into the log; no arguments, no environment.
    Cli,
    /// The streams and pollables that other interfaces are made of.
    Io,
    /// Directories that were granted.
    Files,
    /// Hosts that were granted.
    Http,
    /// Sockets, of which every call ends the plugin.
    Sockets,
}

impl Capability {
    /// What the interface `import` is for; `None` where this host does not know it.
    pub(crate) fn of(import: &str) -> Option<Self> {
        let (interface, version) = import.rsplit_once('@')?;
        if let Some(interface) = interface.strip_prefix(PACKAGE) {
            return match interface {
                _ if version != VERSION => None,
                "types" => Some(Self::Types),
                "log" => Some(Self::Log),
                "model" => Some(Self::Model),
                _ => None,
            };
        }
        // Releases of WASI 0.2 only add, and the engine links an older one to a newer one.
        version.strip_prefix("0.2.")?;
        let (package, interface) = interface.strip_prefix("wasi:")?.split_once('/')?;
        match (package, interface) {
            ("clocks", "wall-clock" | "monotonic-clock") => Some(Self::Clocks),
            ("random", "random" | "insecure" | "insecure-seed") => Some(Self::Random),
            (
                "cli",
                "environment" | "exit" | "stdin" | "stdout" | "stderr" | "terminal-input" | "terminal-output"
                | "terminal-stdin" | "terminal-stdout" | "terminal-stderr",
            ) => Some(Self::Cli),
            ("io", "error" | "poll" | "streams") => Some(Self::Io),
            ("filesystem", "types" | "preopens") => Some(Self::Files),
            ("http", "types" | "outgoing-handler") => Some(Self::Http),
            (
                "sockets",
                "network" | "instance-network" | "ip-name-lookup" | "tcp" | "tcp-create-socket" | "udp"
                | "udp-create-socket",
            ) => Some(Self::Sockets),
            _ => None,
        }
    }

    /// What it lets a plugin do, for a person; `None` where there is nothing to say.
    pub fn in_words(self) -> Option<&'static str> {
        match self {
            Self::Types | Self::Io => None,
            Self::Log => Some("may write a bounded log"),
            Self::Model => Some("may ask the host's model, where the suite grants it"),
            Self::Clocks => Some("sees a fixed clock"),
            Self::Random => Some("gets the same random numbers in every evaluation"),
            Self::Cli => Some("may print into the log; sees no environment and no arguments"),
            Self::Files => Some(
                "may read the directories that the suite grants, and no others; without a grant it loads, and sees none",
            ),
            Self::Http => Some("may send requests to the hosts that the suite grants, and no others"),
            Self::Sockets => Some("loads, though no suite can grant sockets: a call of one ends it"),
        }
    }

    /// The grant without which a component that imports this is refused, as it is written among `grants` in a
    /// suite.
    pub(crate) fn missing_grant(self, grants: &Grants) -> Option<&'static str> {
        match self {
            Self::Model if !grants.model => Some("model: true"),
            Self::Http if grants.http.is_empty() => Some("http: [HOST]"),
            // Python and JavaScript guests import files whether they use them or not; without a grant there are none.
            _ => None,
        }
    }

    /// Whether it is served by the standard interfaces, which need more state than the contract's own.
    pub(crate) fn is_wasi(self) -> bool {
        !matches!(self, Self::Types | Self::Log | Self::Model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_interfaces_of_the_table_are_known() {
        assert_eq!(Capability::of("scorebox:plugin/log@0.1.0"), Some(Capability::Log));
        assert_eq!(Capability::of("wasi:clocks/wall-clock@0.2.3"), Some(Capability::Clocks));
        assert_eq!(Capability::of("wasi:sockets/tcp@0.2.0"), Some(Capability::Sockets));
        for unknown in [
            "scorebox:plugin/log@0.2.0",
            "scorebox:plugin/admin@0.1.0",
            "wasi:clocks/wall-clock@0.3.0",
            "wasi:clocks/wall-clock@0.20.0",
            "wasi:clocks/timezone@0.2.0",
            "wasi:http/incoming-handler@0.2.0",
            "wasi:keyvalue/store@0.2.0",
            "wasi:clocks/wall-clock",
            "log",
            "",
        ] {
            assert_eq!(Capability::of(unknown), None, "{unknown}");
        }
    }
}
