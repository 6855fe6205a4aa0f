//! Threads for work that would hold others up: a plugin that computes for seconds must not keep a request of another
//! sample from being sent, and a plugin that waits for a server must not keep a processor from computing.
//!
//! A suite whose metrics only compute needs none of this: its samples are scored where they are read, one after another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Scope;

use crossbeam_channel::{Sender, unbounded};
use futures::channel::oneshot;

type Task<'env> = Box<dyn FnOnce() + Send + 'env>;

/// Threads that take tasks from one queue. The queue is bounded by those who wait for what they put in.
#[derive(Debug, Clone)]
pub(crate) struct Threads<'env>(Sender<Task<'env>>);

impl<'env> Threads<'env> {
    /// Starts `count` threads, which end when the last handle is dropped.
    pub(crate) fn start<'scope>(scope: &'scope Scope<'scope, 'env>, count: usize) -> Self {
        let (sender, tasks) = unbounded::<Task<'env>>();
        for _ in 0..count {
            let tasks = tasks.clone();
            scope.spawn(move || {
                for task in tasks {
                    // Whoever waits for it learns of a panic by getting nothing.
                    let _ = catch_unwind(AssertUnwindSafe(task));
                }
            });
        }
        Self(sender)
    }

    /// What `work` gives, once one of the threads has done it; `None` where it panicked.
    pub(crate) async fn run<T: Send + 'env>(&self, work: impl FnOnce() -> T + Send + 'env) -> Option<T> {
        let (sender, result) = oneshot::channel();
        // Somebody who no longer waits is no error.
        let task = Box::new(move || drop(sender.send(work())));
        self.0.send(task).ok()?;
        result.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Condvar, Mutex};
    use std::time::Duration;

    use futures::StreamExt;
    use futures::executor::block_on;
    use futures::future::{BoxFuture, FutureExt};
    use scorebox_metrics::{Cancel, Descriptor, Identity, Metric, Outcome, Sample, Score, Verdict, Work};
    use scorebox_sandbox::{Sandbox, SandboxConfig};

    use super::*;
    use crate::dataset::{Entry, Partition};
    use crate::models::RunModels;
    use crate::policy::Policies;
    use crate::run::prepare::{PreparedMetric, prepare_metrics};
    use crate::run::score::{Helpers, Memory, Scoring, score};
    use crate::suite;

    const SAMPLES: usize = 8;

    /// How many requests were sent.
    type Sent = Arc<(Mutex<usize>, Condvar)>;

    fn passes() -> Outcome {
        let score = Score {
            value: 1.0,
            verdict: Verdict::Pass,
            summary: String::new(),
            findings: Vec::new(),
            measures: Vec::new(),
        };
        Outcome::from(Ok(score))
    }

    #[derive(Debug)]
    struct Double {
        work: Work,
        like: Box<dyn Metric>,
        sent: Sent,
    }

    impl Metric for Double {
        fn descriptor(&self) -> &Descriptor {
            self.like.descriptor()
        }

        fn identity(&self) -> &Identity {
            self.like.identity()
        }

        fn work(&self) -> Work {
            self.work
        }

        /// Sends a request; or computes until all requests are sent, which never happens where it keeps them from it.
        fn score<'a>(&'a self, sample: &'a Sample, _: &'a Cancel) -> BoxFuture<'a, Outcome> {
            let panics = sample.id == "panics" && self.work == Work::Compute;
            assert!(!panics, "as it was asked to");
            let (sent, news) = &*self.sent;
            let mut sent = sent.lock().unwrap();
            if self.work == Work::Compute {
                let wait = news.wait_timeout_while(sent, Duration::from_secs(20), |sent| *sent < SAMPLES);
                assert!(!wait.unwrap().1.timed_out(), "a request waits behind a computation");
            } else {
                *sent += 1;
                news.notify_all();
            }
            std::future::ready(passes()).boxed()
        }
    }

    fn metrics(sent: &Sent) -> Vec<PreparedMetric> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("suite.yaml");
        let text = "dataset: suite.yaml\nmetrics: {levenshtein: {}, rouge-l: {}}";
        std::fs::write(&path, text).unwrap();
        let suite = suite::load(&path).unwrap();
        let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
        let prepared =
            prepare_metrics(&suite, &sandbox, &Policies::default(), &RunModels::default()).unwrap();
        let double = |(metric, work): (PreparedMetric, Work)| PreparedMetric {
            metric: Box::new(Double { work, like: metric.metric, sent: Arc::clone(sent) }),
            ..metric
        };
        prepared.metrics.into_iter().zip([Work::Compute, Work::Wait]).map(double).collect()
    }

    fn entry(id: &str) -> Entry {
        let expected = Some("yes".to_owned());
        let sample = Sample { id: id.to_owned(), output: "no".to_owned(), expected, ..Sample::default() };
        let (tags, partition) = (Vec::new(), Partition::Golden);
        Entry { sample, recorded: None, partition, tags, created_at: None, line: 1 }
    }

    fn scored(ids: &[String]) -> Vec<Vec<bool>> {
        let sent = Sent::default();
        let metrics = metrics(&sent);
        let cancel = Cancel::default();
        std::thread::scope(|scope| {
            let helpers = Helpers { computing: Threads::start(scope, 1), blocking: Threads::start(scope, 1) };
            let memory = Memory { reader: None, learn: false };
            let scoring = Scoring { memory, helpers: Some(&helpers), cancel: &cancel };
            let samples = futures::stream::iter(ids).map(|id| score(entry(id), &metrics, &scoring));
            let scored = block_on(samples.buffered(SAMPLES).collect::<Vec<_>>());
            let passed = |scored: crate::run::score::Scored| {
                scored.record.scores.iter().map(|score| score.value == Some(1.0)).collect()
            };
            scored.into_iter().map(passed).collect()
        })
    }

    #[test]
    fn a_plugin_that_computes_keeps_no_request_from_being_sent() {
        let ids: Vec<String> = (0..SAMPLES).map(|index| format!("s{index}")).collect();
        assert_eq!(scored(&ids), vec![vec![true, true]; SAMPLES]);
    }

    #[test]
    fn a_metric_that_panics_faults_its_sample_and_no_other() {
        let mut ids: Vec<String> = (1..SAMPLES).map(|index| format!("s{index}")).collect();
        ids.push("panics".to_owned());
        let mut expected = vec![vec![true, true]; SAMPLES - 1];
        expected.push(vec![false, true]);
        assert_eq!(scored(&ids), expected);
    }
}
