"""Flags an answer that names a competitor: whole words, in any case of the ASCII letters.

What the other languages beside this folder do, too, so that their costs can be compared.
"""

import json
import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports.types import (
    Descriptor,
    Failure_InvalidSettings,
    Field_Output,
    Finding,
    Kind,
    Sample,
    Score,
    Span,
    Verdict,
)

WORD = rb"[0-9A-Za-z\x80-\xff]"
SCHEMA = {
    "type": "object",
    "properties": {"competitors": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
    "required": ["competitors"],
    "additionalProperties": False,
}

names: dict[bytes, str] = {}
mentions = re.compile(rb"(?!)")


class Metric(exports.Metric):
    def describe(self) -> Descriptor:
        return Descriptor(
            name="competitor-mention-python",
            version="0.1.0",
            summary="The answer names no competitor.",
            kind=Kind.CONSTRAINT,
            settings_schema=json.dumps(SCHEMA),
            range=(0.0, 1.0),
            higher_is_better=True,
            needs=[],
        )

    def configure(self, settings: str) -> None:
        global names, mentions
        competitors = json.loads(settings).get("competitors")
        if not isinstance(competitors, list) or not competitors or not all(isinstance(c, str) and c for c in competitors):
            raise Err(Failure_InvalidSettings("competitors: write a list of at least one name"))
        names = {name.encode().lower(): name for name in competitors}
        # The longest first, since an alternation takes the first that fits.
        alternatives = b"|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        mentions = re.compile(rb"(?<!%s)(?:%s)(?!%s)" % (WORD, alternatives, WORD), re.IGNORECASE)

    def evaluate(self, sample: Sample) -> Score:
        findings = [
            Finding(
                rule="competitor-mention",
                message="names " + names[hit.group().lower()],
                location=Span(field=Field_Output(), start=hit.start(), end=hit.end()),
            )
            for hit in mentions.finditer(sample.output.encode())
        ]
        return Score(
            value=0.0 if findings else 1.0,
            verdict=Verdict.FAIL if findings else Verdict.PASS,
            summary="",
            findings=findings,
            measures=[("mentions", float(len(findings)))],
        )
