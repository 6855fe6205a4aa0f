//! Gates: the policy that turns the counts of a tier into pass, fail or inconclusive.
//!
//! A fault is no answer about the subject. So a gate first asks whether it fails even if every faulted sample had
//! passed, then whether there were too many faults to go on, and only then looks at the rate of the judged samples.

use std::collections::BTreeMap;

use crate::dataset::Partition;
use crate::report::{duration, grouped, percent};
use crate::run::{Decision, GateResult, Overrun, PartitionSummary, SampleTally};
use crate::statistics::wilson;
use crate::suite::{Evidence, Gate, Tier};

/// Confidence of the intervals in reports and gates.
pub const CONFIDENCE: f64 = 0.95;

/// The gate of a partition that the suite has none for: golden has to pass whole, the others only must not fault.
fn default_gate(partition: Partition) -> Gate {
    let pass_rate = if partition == Partition::Golden { 1.0 } else { 0.0 };
    Gate {
        pass_rate,
        max_faults: 0.0,
        min_samples: u64::from(partition == Partition::Golden),
        evidence: Evidence::Point,
    }
}

/// Decides every gate of a run: those that the suite names, and the default one of each partition that has samples.
///
/// `selected` says whether the run looked at a tier at all; a gate that the suite names for a partition outside the
/// selection is left out.
pub fn decide(
    gates: &BTreeMap<Tier, Gate>,
    total: &SampleTally,
    partitions: &[PartitionSummary],
    overruns: &[Overrun],
    selected: impl Fn(Partition) -> bool,
) -> Vec<GateResult> {
    let mut results = Vec::new();
    let overrun = |tier: Tier| overruns.iter().find(|overrun| overrun.tier == tier.to_string());
    for partition in Partition::ALL {
        let tier = Tier::Partition(partition);
        let tally =
            partitions.iter().find(|summary| summary.partition == partition).map(|summary| summary.tally);
        let gate = match (gates.get(&tier), tally) {
            (Some(gate), _) if selected(partition) => *gate,
            (None, Some(_)) if gates.contains_key(&Tier::All) && partition != Partition::Golden => continue,
            (None, Some(_)) => default_gate(partition),
            _ => continue,
        };
        results.push(decide_one(tier, &gate, &tally.unwrap_or_default(), overrun(tier)));
    }
    if let Some(gate) = gates.get(&Tier::All) {
        results.push(decide_one(Tier::All, gate, total, overrun(Tier::All)));
    } else if let Some(overrun) = overrun(Tier::All) {
        let gate = Gate { pass_rate: 0.0, max_faults: 1.0, min_samples: 0, evidence: Evidence::Point };
        results.push(decide_one(Tier::All, &gate, total, Some(overrun)));
    }
    results
}

/// The worst decision: a fail before faults, faults before little evidence.
pub fn worst(gates: &[GateResult]) -> Decision {
    let rank = |decision: &Decision| match decision {
        Decision::Fail => 3,
        Decision::TooManyFaults => 2,
        Decision::TooLittleEvidence => 1,
        Decision::Pass => 0,
    };
    gates.iter().map(|gate| gate.decision).max_by_key(rank).unwrap_or(Decision::TooLittleEvidence)
}

fn decide_one(tier: Tier, gate: &Gate, tally: &SampleTally, overrun: Option<&Overrun>) -> GateResult {
    let judged = tally.passed + tally.failed;
    let required = percent(gate.pass_rate);
    let result = |decision, reason: String| GateResult { gate: tier.to_string(), decision, reason };

    if fails_at_best(gate, tally) {
        let reason = format!("{} of {} passed, {required} required", grouped(tally.passed), grouped(judged));
        return result(Decision::Fail, reason);
    }
    let faults = share(tally.faulted, tally.samples);
    if faults > gate.max_faults {
        let allowed = percent(gate.max_faults);
        let reason =
            format!("{} of {} samples faulted, at most {allowed} allowed", tally.faulted, tally.samples);
        return result(Decision::TooManyFaults, reason);
    }
    if judged < gate.min_samples {
        let reason = match (tally.samples, judged) {
            (0, _) => "no samples".to_owned(),
            (samples, 0) => {
                format!("none of {samples} samples was judged: no constraint or threshold applies")
            }
            _ => format!("{judged} samples were judged, at least {} are needed", gate.min_samples),
        };
        return result(Decision::TooLittleEvidence, reason);
    }
    if tier == Tier::Partition(Partition::Golden) && tally.unjudged > 0 {
        let reason = format!(
            "{} of {} samples were judged by nothing: no constraint or threshold applies",
            grouped(tally.unjudged),
            grouped(tally.samples)
        );
        return result(Decision::TooLittleEvidence, reason);
    }
    let (decision, mut reason) = hold_against(gate, tally.passed, judged);
    if let (Decision::Pass, Some(overrun)) = (decision, overrun) {
        reason = format!(
            "took {}, budget {} ({reason})",
            duration(overrun.elapsed_ms),
            duration(overrun.budget_ms)
        );
        return result(Decision::TooLittleEvidence, reason);
    }
    result(decision, reason)
}

/// Whether the gate fails even if every faulted sample had passed.
fn fails_at_best(gate: &Gate, tally: &SampleTally) -> bool {
    let (passed, judged) = (tally.passed + tally.faulted, tally.passed + tally.failed + tally.faulted);
    tally.failed > 0 && judged >= gate.min_samples && hold_against(gate, passed, judged).0 == Decision::Fail
}

fn hold_against(gate: &Gate, passed: u64, judged: u64) -> (Decision, String) {
    let required = percent(gate.pass_rate);
    if gate.pass_rate <= 0.0 {
        return (
            Decision::Pass,
            format!("{} of {} passed, no rate required", grouped(passed), grouped(judged)),
        );
    }
    match gate.evidence {
        Evidence::Point => {
            let met = share(passed, judged) >= gate.pass_rate;
            let decision = if met { Decision::Pass } else { Decision::Fail };
            (decision, format!("{} of {} passed, {required} required", grouped(passed), grouped(judged)))
        }
        Evidence::Interval => {
            let (low, high) = wilson(passed, judged, CONFIDENCE);
            let interval = format!(
                "{} of {} passed, 95 % interval {} to {}, {required} required",
                grouped(passed),
                grouped(judged),
                percent(low),
                percent(high)
            );
            if low >= gate.pass_rate {
                (Decision::Pass, interval)
            } else if high < gate.pass_rate {
                (Decision::Fail, interval)
            } else {
                (Decision::TooLittleEvidence, interval)
            }
        }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, faulted: u64) -> SampleTally {
        SampleTally { samples: passed + failed + faulted, passed, failed, faulted, unjudged: 0 }
    }

    fn one(gate: Gate, tally: SampleTally) -> (Decision, String) {
        let result = decide_one(Tier::Partition(Partition::Golden), &gate, &tally, None);
        (result.decision, result.reason)
    }

    const GOLDEN: Gate = Gate { pass_rate: 1.0, max_faults: 0.0, min_samples: 1, evidence: Evidence::Point };

    #[test]
    fn golden_needs_every_sample() {
        assert_eq!(one(GOLDEN, tally(60, 0, 0)).0, Decision::Pass);
        assert_eq!(one(GOLDEN, tally(59, 1, 0)), (Decision::Fail, "59 of 60 passed, 100 % required".into()));
    }

    #[test]
    fn faults_neither_pass_nor_fail() {
        let (decision, reason) = one(GOLDEN, tally(59, 0, 1));
        assert_eq!(decision, Decision::TooManyFaults);
        assert_eq!(reason, "1 of 60 samples faulted, at most 0 % allowed");
        assert_eq!(one(GOLDEN, tally(58, 1, 1)).0, Decision::Fail, "a fail stays one beside a fault");
        let lenient = Gate { pass_rate: 0.9, ..GOLDEN };
        assert_eq!(one(lenient, tally(85, 6, 9)).0, Decision::TooManyFaults, "94 of 100 at best meets 90 %");
        assert_eq!(one(lenient, tally(80, 11, 9)).0, Decision::Fail, "89 of 100 at best does not");
        assert_eq!(one(Gate { max_faults: 0.05, ..GOLDEN }, tally(59, 0, 1)).0, Decision::Pass);
    }

    #[test]
    fn an_interval_across_the_requirement_is_too_little_evidence() {
        let gate = Gate { pass_rate: 0.9, max_faults: 0.0, min_samples: 1, evidence: Evidence::Interval };
        assert_eq!(one(gate, tally(19, 1, 0)).0, Decision::TooLittleEvidence);
        assert_eq!(one(gate, tally(970, 30, 0)).0, Decision::Pass);
        assert_eq!(one(gate, tally(600, 400, 0)).0, Decision::Fail);
    }

    #[test]
    fn few_samples_are_too_little_evidence() {
        let gate = Gate { min_samples: 50, ..GOLDEN };
        assert_eq!(one(gate, tally(49, 0, 0)).1, "49 samples were judged, at least 50 are needed");
        assert_eq!(one(GOLDEN, SampleTally::default()).1, "no samples");
        let unjudged = SampleTally { samples: 3, unjudged: 3, ..SampleTally::default() };
        assert_eq!(one(GOLDEN, unjudged).0, Decision::TooLittleEvidence);
    }

    #[test]
    fn an_overrun_takes_a_pass_back_and_leaves_a_fail() {
        let overrun = Overrun { tier: "golden".into(), budget_ms: 1000, elapsed_ms: 2500 };
        let tier = Tier::Partition(Partition::Golden);
        let late = decide_one(tier, &GOLDEN, &tally(5, 0, 0), Some(&overrun));
        assert_eq!(late.decision, Decision::TooLittleEvidence);
        assert_eq!(late.reason, "took 2.5 s, budget 1.0 s (5 of 5 passed, 100 % required)");
        assert_eq!(decide_one(tier, &GOLDEN, &tally(4, 1, 0), Some(&overrun)).decision, Decision::Fail);
    }

    #[test]
    fn a_partition_without_a_gate_must_not_fault() {
        let partitions = [Partition::Golden, Partition::Distribution].map(|partition| PartitionSummary {
            partition,
            tally: if partition == Partition::Golden { tally(3, 0, 0) } else { tally(1, 5, 2) },
            pass_rate: None,
        });
        let results = decide(&BTreeMap::new(), &tally(4, 5, 2), &partitions, &[], |_| true);
        let decisions: Vec<_> =
            results.iter().map(|result| (result.gate.as_str(), result.decision)).collect();
        assert_eq!(decisions, [("golden", Decision::Pass), ("distribution", Decision::TooManyFaults)]);
        assert_eq!(worst(&results), Decision::TooManyFaults);
    }
}
