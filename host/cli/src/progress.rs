//! The progress bar: on a terminal only, and only for what takes longer than a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use scorebox_eval::run::Progress;

/// Draws how far a run has come.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    /// What the bad samples are: `failing`.
    bad: &'static str,
    start: Instant,
}

impl Bar {
    pub(crate) fn new(bad: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::hidden();
            let template = "{bar:32} {percent:>3} %  {msg}  {eta} left";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Self { bar, bad, start: Instant::now() }
    }

    pub(crate) fn update(&self, progress: Progress) {
        let Some(bar) = &self.bar else { return };
        let elapsed = self.start.elapsed();
        if elapsed < Duration::from_secs(1) {
            return;
        }
        if bar.is_hidden() {
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr_with_hz(5));
        }
        bar.set_length(progress.total_bytes.max(1));
        bar.set_position(progress.bytes);
        let rate = progress.samples as f64 / elapsed.as_secs_f64();
        bar.set_message(format!(
            "{} samples, {rate:.0} a second, {} {}",
            progress.samples, progress.bad, self.bad
        ));
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
