"""Finding words in text the way a reader does, with positions in the text as it was written.

`Phrases` finds any of a list of phrases; `Folded` is the form of a text that it searches, for those who bring their own
patterns. The rules are those of every other SDK:

- letters and accents are canonically decomposed, so both spellings of é are one;
- with `Case.IGNORE`, case is folded in full: ß is ss, final sigma is sigma, İ and ı are i;
- every run of white space is one space;
- typographic quotes and dashes are `'`, `"` and `-`, full-width letters and digits are ASCII;
- soft hyphens and zero-width characters are left out.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from enum import Enum
from functools import cache
from typing import NamedTuple

from .failure import Failure


class Case(Enum):
    """Whether letters that differ only in case are the same."""

    IGNORE = "ignore"
    MATCH = "match"


class Hit(NamedTuple):
    """One place where a phrase stands."""

    phrase: int
    """Position of the phrase in the list that `Phrases` was given."""
    start: int
    end: int
    """Where it stands in the text as it was written."""


class PhraseError(ValueError):
    """A phrase cannot be looked for. The text names it by its position, ready for `Failure.settings`."""


class Phrases:
    """Finds any of a list of phrases in a text, as whole words. Build it once, in `Plugin.configure`."""

    def __init__(self, phrases: Iterable[str], case: Case = Case.IGNORE, *, within_words: bool = False) -> None:
        self.case = case
        self.within_words = within_words
        self.folded: list[str] = []
        for index, phrase in enumerate(phrases):
            text = Folded(phrase.strip(_SPACES), case).text
            if not text:
                raise PhraseError(f"[{index}]: the phrase is empty; write at least one letter, or leave it out")
            self.folded.append(text)

    @staticmethod
    def of_setting(name: str, phrases: Iterable[str], case: Case = Case.IGNORE) -> Phrases:
        """The phrases of the setting `name`; a `Failure` of settings where one cannot be looked for."""
        try:
            return Phrases(phrases, case)
        except PhraseError as error:
            raise Failure.settings(f"{name}{error}") from None

    def find(self, text: str) -> list[Hit]:
        """Where the phrases stand in `text`, from left to right. Where hits overlap, the one that starts first counts,
        and of those the longest."""
        hits, end = [], 0
        for hit in self.find_overlapping(text):
            if hit.start >= end:
                hits.append(hit)
                end = hit.end
        return hits

    def find_overlapping(self, text: str) -> list[Hit]:
        """Every place where a phrase stands in `text`, from left to right; of those that start at the same place the
        longest first."""
        folded = Folded(text, self.case)
        hits = []
        for index, phrase in enumerate(self.folded):
            at = folded.text.find(phrase)
            while at >= 0:
                end = at + len(phrase)
                if self.within_words or (folded.is_word_boundary(at) and folded.is_word_boundary(end)):
                    place = folded.original(at, end)
                    if place is not None:
                        hits.append(Hit(index, *place))
                at = folded.text.find(phrase, at + 1)
        hits.sort(key=lambda hit: (hit.start, -hit.end, hit.phrase))
        return hits


class Folded:
    """A text with everything levelled that a reader overlooks, and the way back to where it came from."""

    def __init__(self, original: str, case: Case = Case.IGNORE) -> None:
        self._original = original
        # Where parts start in the folded text; and where in the original, doubled, and one more where a part is ASCII, letter
        # for letter. Long texts have millions, so they are numbers of four bytes.
        self._folded = array("I")
        self._places = array("I")
        parts: list[str] = []
        ignore, known, length, last, at = case is Case.IGNORE, _KNOWN[case], 0, "", 0
        while at < len(original):
            run = _RUN.match(original, at)
            if run is not None:
                part = run[0].translate(_TO_SPACE)
                if ignore:
                    part = part.lower()
                step = len(part)
            else:
                letter, step = original[at], 1
                part = known.get(letter)
                if part is None:
                    part = known[letter] = " " if letter in _SPACES else _fold(letter, case)
                # The dot that a decomposed İ carries: i has one already.
                if (part == " " and last == " ") or (ignore and letter == "\u0307" and last == "i"):
                    part = ""
            if part:
                self._folded.append(length)
                self._places.append(2 * at + (run is not None))
                parts.append(part)
                length += len(part)
                last = part[-1]
            at += step
        self.text = "".join(parts)

    def original(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the part `start` to `end` of the folded text stands in the original; `None` where it covers only a part
        of what one character became, such as the first s of ß, or lies outside."""
        if not 0 <= start <= end <= len(self.text):
            return None
        first, last = self._place(start), self._place(end)
        if first is None or last is None:
            return None
        if start == end:
            return first, first
        # What was left out behind the last character belongs to nobody.
        return first, first + len(self._original[first:last].rstrip(_IGNORABLE))

    def _place(self, at: int) -> int | None:
        if at == len(self.text):
            return len(self._original)
        piece = bisect_right(self._folded, at) - 1
        place, plain = divmod(self._places[piece], 2)
        within = at - self._folded[piece]
        return place + within if plain or within == 0 else None

    def is_word_boundary(self, at: int) -> bool:
        """Whether a word may start or end at `at` of the folded text: not between two letters or digits, except in
        scripts that set no spaces between words."""
        if not 0 < at < len(self.text):
            return 0 <= at <= len(self.text)
        return not (_is_word(self.text[at - 1]) and _is_word(self.text[at]))


_RUN = re.compile(r"[!-~]+(?:[\t-\r ][!-~]+)*")
"""Words with one white space between them: letter for letter the same but for case, and a space for a line's end."""
_TO_SPACE = dict.fromkeys(range(0x09, 0x0E), " ")
_KNOWN: dict[Case, dict[str, str]] = {case: {} for case in Case}
"""What characters became; texts repeat their letters."""
_SPACES = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_IGNORABLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ´′", "'"),
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "ı": "i",
        **{chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(0x5E)},
    }
)
_CIRCLED = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
_UNSPACED = (
    (0xE00, 0xEFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x20000, 0x3FFFF),
)


def _fold(letter: str, case: Case) -> str:
    """What one character becomes that is no white space."""
    if letter in _IGNORABLE:
        return ""
    out = ""
    for part in unicodedata.normalize("NFD", letter.translate(_TYPOGRAPHIC)).translate(_TYPOGRAPHIC):
        if case is Case.MATCH:
            out += part
        elif part == "\u0307" and out.endswith("i"):
            pass
        else:
            # Lowering the upper case is full case folding for all but a few letters of historic scripts; lowered
            # before, capital ẞ is ss too.
            folded = "".join(lower.upper() for lower in part.lower())
            folded = "".join(upper.lower() for upper in folded)
            out += unicodedata.normalize("NFD", folded).translate(_TYPOGRAPHIC)
    return out


@cache
def _is_word(letter: str) -> bool:
    """Letters of scripts that set no spaces between words are left out: a word may end at them."""
    if any(low <= ord(letter) <= high for low, high in _UNSPACED):
        return False
    if letter.isalnum() or letter == "_" or unicodedata.category(letter)[0] == "M":
        return True
    return any(low <= ord(letter) <= high for low, high in _CIRCLED)
