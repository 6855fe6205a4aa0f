"""Does all that the conformance suite asks about: findings in every part, measures, failures, an exception."""

from typing import Annotated

from scorebox_sdk import About, Failure, Finding, Plugin, Sample, Score, export, settings
from scorebox_sdk.text import Case, Phrases


@settings
class Settings:
    """What the check looks for."""

    terms: Annotated[list[str], "What must not appear."]
    case_sensitive: Annotated[bool, "Tell `IT` from `it`."] = False


class Check(Plugin[Settings]):
    """The check."""

    about = About.constraint("No part of the sample has a term.")

    def configure(self, settings: Settings) -> None:
        case = Case.MATCH if settings.case_sensitive else Case.IGNORE
        self.terms = Phrases.of_setting("terms", settings.terms, case)

    def evaluate(self, sample: Sample) -> Score:
        match sample.input:
            case "panic":
                raise RuntimeError("deliberately")
            case "fail":
                raise Failure.failed("gave up")
            case "refuse":
                raise Failure.sample("the sample will not do")
            case "outside":
                beyond = len(sample.output) + 1
                return Score.from_findings([Finding("term", "outside").in_output(beyond, beyond)])
        findings = [self.finding(sample.output, *at).in_output(*at) for at in self.places(sample.output)]
        findings += [self.finding(sample.input, *at).in_input(*at) for at in self.places(sample.input)]
        for index, passage in enumerate(sample.context):
            findings += [self.finding(passage, *at).in_context(index, *at) for at in self.places(passage)]
        return Score.from_findings(findings).measure("found", len(findings))

    def places(self, text: str) -> list[tuple[int, int]]:
        return [(hit.start, hit.end) for hit in self.terms.find(text)]

    def finding(self, text: str, start: int, end: int) -> Finding:
        return Finding("term", f"has “{text[start:end]}”")


export(Check)
