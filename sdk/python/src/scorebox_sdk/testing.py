"""Runs a plugin natively, in the author's own tests, under the rules that the host enforces."""

from __future__ import annotations

import json
import math
from typing import Any

from .failure import Failure
from .plugin import Configured, Plugin
from .sample import Sample
from .score import Score
from .settings import schema as _schema


def check(plugin: type[Plugin[Any]], settings: dict[str, Any], sample: Sample | str) -> Score:
    """Configures `plugin` with `settings` and scores `sample`: a `Sample`, or the text of an output.

    Raises what the plugin raised, or a `Failure` where the host would refuse the score.
    """
    sample = Sample(sample) if isinstance(sample, str) else sample
    score = Configured(plugin, json.dumps(settings)).evaluate(sample)
    reason = _objection(score, sample, plugin.about.bounds)
    if reason is not None:
        raise Failure.failed(f"the host would refuse this score: {reason}")
    return score


def quotes(score: Score, sample: Sample | str) -> list[str]:
    """The texts that the findings of `score` point at, in order; findings that point nowhere are left out."""
    sample = Sample(sample) if isinstance(sample, str) else sample
    found = []
    for finding in score.findings:
        span = finding.location
        text = sample.text(span.field, span.index) if span is not None else None
        if span is not None and text is not None:
            found.append(text[span.start : span.end])
    return found


def schema(plugin: type[Plugin[Any]]) -> dict[str, Any]:
    """The JSON Schema of the settings of `plugin`, as it goes into the descriptor."""
    return _schema(plugin.Settings)


def _objection(score: Score, sample: Sample, bounds: tuple[float, float] | None) -> str | None:
    if not all(math.isfinite(value) for value in [score.value, *(value for _, value in score.measures)]):
        return "a number is not finite"
    if bounds is not None and not bounds[0] <= score.value <= bounds[1]:
        return f"the value {score.value} is outside the declared range {bounds[0]} to {bounds[1]}"
    for finding in score.findings:
        if not finding.rule:
            return "a finding has no rule"
        span = finding.location
        if span is not None:
            text = sample.text(span.field, span.index)
            if text is None or not 0 <= span.start <= span.end <= len(text):
                return f"finding `{finding.rule}` points outside its text: {span}"
    return None
