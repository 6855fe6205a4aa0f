//! What to run, as the command line says; also the flags that `cargo test` passes to every test program.

use crate::case::Case;
use crate::stage::Isolation;

pub(crate) struct Arguments {
    /// Part of a case's label each; without any, every case runs.
    words: Vec<String>,
    isolation: Option<Isolation>,
    pub(crate) list: bool,
}

impl Arguments {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self { words: Vec::new(), isolation: None, list: false };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--isolation" => {
                    let name = arguments.next().unwrap_or_default();
                    let known = Isolation::ALL.into_iter().find(|isolation| isolation.name() == name);
                    parsed.isolation =
                        Some(known.ok_or("write `--isolation instance` or `--isolation process`")?);
                }
                "--list" => parsed.list = true,
                // Flags of the standard harness that take a value, which is of no use here.
                "--test-threads" | "--format" | "--color" | "--skip" | "-Z" | "--logfile" => {
                    arguments.next();
                }
                flag if flag.starts_with('-') => {}
                word => parsed.words.push(word.to_owned()),
            }
        }
        Ok(parsed)
    }

    pub(crate) fn wants(&self, case: &Case) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| case.label().contains(word.as_str()))
    }

    pub(crate) fn isolations(&self) -> Vec<Isolation> {
        self.isolation.map_or_else(|| Isolation::ALL.to_vec(), |isolation| vec![isolation])
    }
}
