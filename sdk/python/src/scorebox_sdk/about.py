"""What a plugin says of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Need(Enum):
    """A part of a sample that a plugin cannot do without. The output is always there."""

    INPUT = "input"
    EXPECTED = "expected"
    CONTEXT = "context"
    CONVERSATION = "conversation"


@dataclass(frozen=True)
class About:
    """What a plugin says of itself. Name and version come from `plugin.yaml`, the schema from its settings."""

    summary: str
    kind: str
    bounds: tuple[float, float] | None = None
    higher_is_better: bool = True
    needed: tuple[Need, ...] = ()

    @staticmethod
    def constraint(summary: str) -> About:
        """A rule that holds or does not, whose values lie in 0 to 1 unless `range` says otherwise.

        `summary` is one sentence that says what holds where the check passes: "Names no competitor."
        """
        return About(summary, "constraint", bounds=(0.0, 1.0))

    @staticmethod
    def metric(summary: str) -> About:
        """A measure, whose threshold the suite sets. Its values have no bounds unless `range` gives some."""
        return About(summary, "metric")

    def range(self, low: float, high: float) -> About:
        """The lowest and the highest value that a score can have. The host refuses scores outside."""
        return replace(self, bounds=(float(low), float(high)))

    def lower_is_better(self) -> About:
        """Says that 0 beats 1, as for an error rate."""
        return replace(self, higher_is_better=False)

    def needs(self, need: Need) -> About:
        """Names a part of the sample without which `evaluate` is never called."""
        return self if need in self.needed else replace(self, needed=(*self.needed, need))
