"""What a plugin points at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """A part of one text of the sample, in positions of Python strings."""

    field: str
    """`input`, `output` or `context`."""
    start: int
    end: int
    """One past the last character."""
    index: int = 0
    """The passage's position, where the field is `context`."""


class Finding(NamedTuple):
    """One thing that a plugin points at."""

    rule: str
    """Stable identifier of what was found, in kebab-case. Reports count findings by it."""
    message: str
    """One sentence for a person."""
    location: Span | None = None
    """Where it stands, if it stands anywhere."""

    def in_output(self, start: int, end: int) -> Finding:
        """Points at `output[start:end]`, as `str.find` and `re.Match.span` give them."""
        return Finding(self.rule, self.message, Span("output", start, end))

    def in_input(self, start: int, end: int) -> Finding:
        """Points at `input[start:end]`."""
        return Finding(self.rule, self.message, Span("input", start, end))

    def in_context(self, index: int, start: int, end: int) -> Finding:
        """Points at `context[index][start:end]`."""
        return Finding(self.rule, self.message, Span("context", start, end, index))


OUTSIDE = 0xFFFF_FFFF
"""The byte of a position that lies in no text, which the host refuses."""


def byte_offsets(text: str, positions: Iterable[int]) -> dict[int, int]:
    """The byte in UTF-8 of each of `positions` in `text`, in one pass; `OUTSIDE` for one that is not in it."""
    offsets: dict[int, int] = {}
    seen = done = 0
    plain = text.isascii()
    for position in sorted(set(positions)):
        if not 0 <= position <= len(text):
            offsets[position] = OUTSIDE
        elif plain:
            offsets[position] = position
        else:
            done += len(text[seen:position].encode("utf-8", "replace"))
            seen = position
            offsets[position] = done
    return offsets
