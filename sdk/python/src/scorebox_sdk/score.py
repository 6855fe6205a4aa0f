"""What a plugin says of a sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from .finding import Finding


class Verdict(Enum):
    """A plugin's judgement of one sample."""

    PASS = "pass"
    FAIL = "fail"
    UNJUDGED = "unjudged"
    """Only the suite's threshold can say."""


@dataclass
class Score:
    """What a plugin says of one sample. A metric returns `Score(value)`, a constraint `Score.from_findings`."""

    value: float
    """In the unit and range of `About`; finite."""
    verdict: Verdict = Verdict.UNJUDGED
    summary: str = ""
    """One sentence for a person; empty where the findings say it all."""
    findings: list[Finding] = field(default_factory=list)
    """What the plugin points at. The host gets the first 1,000, and no more text than 256 KiB."""
    measures: list[tuple[str, float]] = field(default_factory=list)
    """Further numbers worth a trend, by name."""

    @staticmethod
    def from_findings(findings: list[Finding]) -> Score:
        """What a constraint returns: a pass of value 1 without findings, a fail of value 0 with any."""
        found = list(findings)
        return Score(0.0 if found else 1.0, Verdict.FAIL if found else Verdict.PASS, findings=found)

    def measure(self, name: str, value: float) -> Score:
        """The same with one more number worth a trend."""
        self.measures.append((name, float(value)))
        return self


MAX_FINDINGS = 1_000
"""Findings that are handed to the host: an answer that repeats an offence must not escape its verdict by that."""
MAX_TEXT = 256 << 10
"""Bytes of text in one score, as JSON writes it."""


def taken(score: Score) -> int:
    """How many of the findings the host takes."""
    left = MAX_TEXT - _json_length(score.summary) - sum(_json_length(name) for name, _ in score.measures)
    for count, finding in enumerate(score.findings[:MAX_FINDINGS]):
        left -= _json_length(finding.rule) + _json_length(finding.message)
        if left < 0:
            return count
    return min(len(score.findings), MAX_FINDINGS)


_SHORT = '"\\\n\r\t\b\f'


def _json_length(text: str) -> int:
    """Bytes of a text as JSON writes it, without the quotes."""
    length = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    if text.isprintable() and '"' not in text and "\\" not in text:
        return length
    return length + sum(1 if c in _SHORT else 5 for c in text if c < " " or c in '"\\')
