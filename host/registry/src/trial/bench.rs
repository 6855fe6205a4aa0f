//! What an evaluation costs, by the length of the answer.

use std::time::{Duration, Instant};

use scorebox_sandbox::{Fault, Sample};
use serde::Serialize;

use super::Trial;
use super::case::nanoseconds;
use super::growth::prose;
use crate::manifest::Case;

/// Bytes of the answers that are measured.
pub const BENCH_SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Evaluations of one size, at least and at most.
const ROUNDS: std::ops::RangeInclusive<usize> = 5..=2000;
/// Time for one size, unless the fewest rounds take longer.
const TIME: Duration = Duration::from_millis(250);

/// What one size costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Bytes of the answer.
    pub bytes: usize,
    /// Median time of an evaluation, its fresh instance included.
    #[serde(rename = "nanoseconds", serialize_with = "nanoseconds")]
    pub time: Duration,
    /// Fuel, in wasmtime's units; the same in every evaluation.
    pub fuel: u64,
    /// Bytes of the instance's memories.
    pub memory: u64,
    /// Evaluations behind the median.
    pub rounds: usize,
    /// What stood in the way of a score, where something did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

impl Trial {
    /// Measures answers of growing length, with the settings of the first case that gives a score; `{}` where there is no
    /// case.
    ///
    /// # Errors
    ///
    /// Settings that the plugin refuses.
    pub fn bench(&mut self, cases: &[Case]) -> Result<Vec<Measured>, Fault> {
        let (sample, configured) = match self.first_that_scores(cases) {
            Some((case, configured)) => (case.sample.to_sample(), configured),
            None => (
                Sample { metadata: "{}".to_owned(), ..Sample::default() },
                self.configured(&serde_json::Map::new())?,
            ),
        };
        let measure = |bytes| {
            let sample = Sample { output: prose(bytes, &sample.output), ..sample.clone() };
            let mut last = configured.evaluate(&sample);
            let mut times = Vec::new();
            let start = Instant::now();
            while times.len() < *ROUNDS.start() || (times.len() < *ROUNDS.end() && start.elapsed() < TIME) {
                last = configured.evaluate(&sample);
                times.push(last.elapsed);
            }
            times.sort_unstable();
            Measured {
                bytes: sample.output.len(),
                time: times[times.len() / 2],
                fuel: last.fuel,
                memory: last.memory,
                rounds: times.len(),
                fault: last.result.err(),
            }
        };
        Ok(BENCH_SIZES.into_iter().map(measure).collect())
    }
}
