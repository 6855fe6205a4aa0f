//! Whether the thresholds of a suite are calibrated, and still those of the metrics that it uses.

use std::path::Path;

use scorebox_metrics::Descriptor;

use crate::digest;
use crate::run::{MetricStamp, PreparedMetric, directory_of};
use crate::suite::{CalibrationUse, Suite};

/// Built-in metrics whose values mean nothing in themselves: where one passes depends on model, language and domain, so
/// a threshold is a guess until it is held against people's labels.
const NEEDS_CALIBRATION: &[&str] = &["grounding", "hallucination", "judge", "semantic-similarity"];

/// What to know of the thresholds of a suite before trusting its verdicts, a sentence each.
pub fn warnings(suite: &Suite, metrics: &[PreparedMetric]) -> Vec<String> {
    let directory = directory_of(&suite.path);
    let mut warnings = Vec::new();
    for metric in metrics {
        let (used, stamp) = (&metric.used, &metric.stamp);
        let calibrated = |partition| used.calibrations.contains_key(partition);
        if needs_calibration(stamp) && !used.thresholds.keys().all(calibrated) {
            warnings.push(uncalibrated(stamp, &suite.path));
        }
        // One file may stand behind the thresholds of several partitions.
        let mut seen: Vec<&str> = Vec::new();
        for of in used.calibrations.values() {
            if !seen.contains(&of.digest.as_str()) {
                seen.push(&of.digest);
                warnings.extend(outdated(stamp, of, directory));
            }
        }
    }
    warnings
}

/// Whether a threshold on this metric is a guess without a calibration: it is of a kind that says so, or asks a model.
fn needs_calibration(stamp: &MetricStamp) -> bool {
    let Descriptor { name, .. } = &stamp.descriptor;
    let builtin = stamp.plugin.is_none() && NEEDS_CALIBRATION.contains(&name.as_str());
    builtin || stamp.grants.model
}

fn uncalibrated(stamp: &MetricStamp, suite: &Path) -> String {
    format!(
        "`{name}` is held to a threshold that nobody calibrated ({threshold}): `scorebox calibrate --suite {suite} --metric \
         {name} --labels FILE --out calibration.json` says how far it agrees with people, and `threshold: {{calibrated: \
         calibration.json}}` takes the threshold from there",
        name = stamp.name,
        threshold = stamp.thresholds.join(", "),
        suite = suite.display()
    )
}

/// What is no longer as it was when the threshold was calibrated.
fn outdated(stamp: &MetricStamp, of: &CalibrationUse, directory: &Path) -> Option<String> {
    let calibration = &of.calibration;
    let was = &calibration.metric;
    let mut changed = Vec::new();
    if was.identity != stamp.identity {
        let mut compare = |what: &str, was: &str, now: &str| {
            if was != now {
                changed.push(format!("{what} was {was} and is {now}"));
            }
        };
        compare("its code", &was.code, &stamp.code);
        compare("its version", &was.version, &stamp.descriptor.version);
        compare("its settings", &canonical(&was.settings), &canonical(&stamp.settings));
        if changed.is_empty() {
            changed.push(
                "code, version and settings are the same, but a model, a prompt, a limit or a grant that its scores depend \
                 on is not"
                    .to_owned(),
            );
        }
    }
    // Whoever only runs a suite need not have the labels.
    let labels = directory_of(&of.path).join(&calibration.data.labels.path);
    if labels.is_file()
        && let Ok(now) = digest::file(&labels)
        && now != calibration.data.labels.digest
    {
        let was = &calibration.data.labels.digest;
        let labels = labels.strip_prefix(".").unwrap_or(&labels).display();
        changed.push(format!("the labels {labels} were {} and are {}", short(was), short(&now)));
    }
    let unreached = calibration.threshold.as_ref().is_some_and(|proposal| !proposal.reached);
    let file = of.stamp(directory).path;
    if changed.is_empty() && unreached {
        let wanted = calibration.threshold.as_ref().map(|proposal| proposal.wanted.to_string());
        return Some(format!(
            "the threshold of `{}` does not do what {file} was made for: no threshold reached {} on its labels",
            stamp.name,
            wanted.unwrap_or_default()
        ));
    }
    (!changed.is_empty()).then(|| {
        format!(
            "the threshold of `{}` was calibrated on {} for something else ({file}): {}; calibrate it again",
            stamp.name,
            calibration.made_at.get(..10).unwrap_or(&calibration.made_at),
            changed.join("; ")
        )
    })
}

fn canonical(settings: &serde_json::Value) -> String {
    let mut settings = settings.clone();
    settings.sort_all_objects();
    settings.to_string()
}

/// The first digits of a digest, which are enough to tell two apart.
fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}
