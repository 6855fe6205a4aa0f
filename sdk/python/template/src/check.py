"""Flags an answer that uses jargon."""

from typing import Annotated

from scorebox_sdk import About, Failure, Finding, Plugin, Sample, Score, export, settings
from scorebox_sdk.text import Case, Phrases


@settings
class Settings:
    """What the check looks for."""

    terms: Annotated[list[str], "Words and phrases that must not appear."]
    case_sensitive: Annotated[bool, "Tell `IT` from `it`."] = False


class Check(Plugin[Settings]):
    """The check."""

    about = About.constraint("The answer uses no jargon.")

    def configure(self, settings: Settings) -> None:
        if not settings.terms:
            raise Failure.settings("terms: the list is empty; write at least one term")
        case = Case.MATCH if settings.case_sensitive else Case.IGNORE
        self.terms = Phrases.of_setting("terms", settings.terms, case)

    def evaluate(self, sample: Sample) -> Score:
        return Score.from_findings(
            [
                Finding("jargon", f"uses “{sample.output[hit.start : hit.end]}”").in_output(hit.start, hit.end)
                for hit in self.terms.find(sample.output)
            ]
        )


export(Check)
