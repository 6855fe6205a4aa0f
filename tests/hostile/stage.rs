//! Where the plugins run: within an instance each, or in a worker process around that; beside a healthy one.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scorebox_sandbox::{
    CompileLimits, Configured, Embeddings, Evaluation, Fault, Grants, Limits, LoadError, Model, ModelError,
    Plugin, Prompt, Reply, Sample, Sandbox, SandboxConfig, WorkerCommand, Workers, WorkersError,
};

use crate::case::{Expected, Guest, Said, limits, sample};
use crate::guests;

/// What stands between a plugin and the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// An instance of its own for every sample.
    Instance,
    /// That, in a process without files, network and privileges.
    Process,
}

impl Isolation {
    pub(crate) const ALL: [Self; 2] = [Self::Instance, Self::Process];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Process => "process",
        }
    }
}

/// The host of one isolation, with a healthy plugin in it.
pub(crate) struct Stage {
    pub(crate) isolation: Isolation,
    pub(crate) sandbox: Sandbox,
    healthy: Plugin,
    /// What the healthy plugin says where nobody does any harm.
    undisturbed: String,
}

/// Answers every question, so that what stops a plugin is its budget.
#[derive(Debug)]
struct Yes;

impl Model for Yes {
    fn complete(&self, _: &Prompt, _: Instant) -> Result<Reply, ModelError> {
        Ok(Reply { text: "Yes.".into(), input_tokens: 5, output_tokens: 2, cost: None })
    }

    fn embed(&self, texts: &[String], _: Instant) -> Result<Embeddings, ModelError> {
        Ok(Embeddings { vectors: texts.iter().map(|_| vec![1.0]).collect(), tokens: 1, cost: None })
    }
}

/// A sandbox as the stage has it: this very program compiles, and runs what is to run in a process. `cache` is a directory
/// for compiled code.
pub(crate) fn sandbox(cache: Option<&Path>, compile: CompileLimits) -> Sandbox {
    let config = SandboxConfig {
        concurrent: 2,
        model: Some(Arc::new(Yes)),
        cache: cache.map(Path::to_owned),
        worker: Some(WorkerCommand::this_program().unwrap()),
        compile,
        one_author: false,
    };
    Sandbox::new(config).unwrap()
}

/// A healthy plugin; it uses memory, log and its input.
pub(crate) fn healthy() -> Vec<u8> {
    guests::completed(include_str!("healthy.wat"))
}

impl Stage {
    pub(crate) fn new(isolation: Isolation) -> Self {
        let sandbox = sandbox(None, CompileLimits::default());
        let healthy = sandbox.load(&healthy(), &Grants::default()).unwrap();
        let mut stage = Self { isolation, sandbox, healthy, undisturbed: String::new() };
        // Each thread and pool that starts with its first use is there before anything is counted.
        let prints = guests::completed(include_str!("imports/25-floods-stderr.wat"));
        let seat = stage.seat(&prints, "{}", &limits(), &Grants::default()).unwrap();
        assert!(seat.evaluate(&sample()).result.is_ok());
        stage.undisturbed = seat.healthy();
        stage
    }

    /// Takes a plugin in and configures it.
    pub(crate) fn seat(
        &self,
        bytes: &[u8],
        settings: &str,
        limits: &Limits,
        grants: &Grants,
    ) -> Result<Seat, Refusal> {
        let plugin = self.sandbox.load(bytes, grants).map_err(Refusal::Load)?;
        let guest = plugin.prepare(settings, limits).map_err(Refusal::Configure)?;
        let healthy = self.healthy.prepare("{}", &crate::case::limits()).map_err(Refusal::Configure)?;
        match self.isolation {
            Isolation::Instance => Ok(Seat::Instance {
                guest: Box::new(guest.here().map_err(Refusal::Configure)?),
                healthy: Box::new(healthy.here().map_err(Refusal::Configure)?),
            }),
            Isolation::Process => match Workers::start(&self.sandbox, vec![guest, healthy]) {
                Ok(workers) => Ok(Seat::Process(Box::new(workers))),
                Err(WorkersError::Plugins(mut faults)) if faults[0].0 == 0 => {
                    Err(Refusal::Configure(faults.remove(0).1))
                }
                Err(error) => panic!("{error}: {error:?}"),
            },
        }
    }

    /// Whether the healthy plugin of `seat` is as it was.
    pub(crate) fn check_healthy(&self, seat: &Seat) -> Result<(), String> {
        match seat.healthy() {
            now if now == self.undisturbed => Ok(()),
            now => Err(format!("the healthy plugin beside it now says {now}, and said {}", self.undisturbed)),
        }
    }

    /// The same, for a healthy plugin that was not there before.
    pub(crate) fn check_healthy_anew(&self) -> Result<(), String> {
        let seat = self.seat(&healthy(), "{}", &limits(), &Grants::default());
        self.check_healthy(&seat.map_err(|refusal| format!("a healthy plugin is refused: {refusal:?}"))?)
    }

    /// Takes in, configures and gives a sample to the plugin of a case.
    pub(crate) fn play(&self, guest: &Guest) -> Said {
        let start = Instant::now();
        match self.seat(&guest.bytes, &guest.settings, &guest.limits, &guest.grants) {
            Err(refusal) => refusal.said(start.elapsed()),
            Ok(seat) => said(&seat.evaluate(&guest.sample)),
        }
    }
}

/// A plugin that is ready for samples, and its healthy neighbour.
pub(crate) enum Seat {
    Instance {
        guest: Box<Configured>,
        healthy: Box<Configured>,
    },
    /// With the guest first.
    Process(Box<Workers>),
}

impl Seat {
    pub(crate) fn evaluate(&self, sample: &Sample) -> Evaluation {
        match self {
            Self::Instance { guest, .. } => guest.evaluate(sample),
            Self::Process(workers) => workers.evaluate(sample, &[0]).remove(0),
        }
    }

    /// What the neighbour says, with its fuel.
    pub(crate) fn healthy(&self) -> String {
        let evaluation = match self {
            Self::Instance { healthy, .. } => healthy.evaluate(&sample()),
            Self::Process(workers) => workers.evaluate(&sample(), &[1]).remove(0),
        };
        said(&evaluation).text
    }
}

/// Why there is no seat.
#[derive(Debug)]
pub(crate) enum Refusal {
    Load(LoadError),
    Configure(Fault),
}

impl Refusal {
    pub(crate) fn said(self, elapsed: Duration) -> Said {
        let (outcome, text) = match self {
            Self::Load(error) => (Expected::AtLoad, format!("load: {error}\n")),
            Self::Configure(fault) => (Expected::Fault(fault.kind), format!("configure: {fault}\n")),
        };
        Said { outcome, text, fuel: None, elapsed }
    }
}

/// Puts an evaluation into words. What another machine need not repeat is left out.
pub(crate) fn said(evaluation: &Evaluation) -> Said {
    /// Characters of a line of log that are shown.
    const SHOWN: usize = 100;
    let Evaluation { result, fuel, elapsed, log, .. } = evaluation;
    let mut text = String::new();
    let outcome = match result {
        Ok(score) => {
            writeln!(text, "evaluate: value {}, {:?}", score.value, score.verdict).unwrap();
            Expected::Score(score.value)
        }
        Err(fault) => {
            writeln!(text, "evaluate: {}", visible(&fault.to_string())).unwrap();
            Expected::Fault(fault.kind)
        }
    };
    let repeats = result.as_ref().err().is_none_or(|fault| fault.kind.is_deterministic());
    if repeats {
        writeln!(text, "fuel: {fuel}").unwrap();
    }
    if !log.is_empty() {
        let bytes: usize = log.iter().map(String::len).sum();
        writeln!(text, "log: {} lines, {bytes} bytes; the last ones:", log.len()).unwrap();
        for line in log.iter().skip(log.len().saturating_sub(2)) {
            let shown: String = line.chars().take(SHOWN).collect();
            writeln!(text, "  {}", visible(&shown)).unwrap();
        }
    }
    Said { outcome, text, fuel: Some(*fuel), elapsed: *elapsed }
}

/// What is not to be seen, as its number; for snapshots that people read.
fn visible(text: &str) -> String {
    let hidden = |c: char| c.is_control() || c == '\u{202e}';
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}
