from typing import Annotated, Literal

import pytest

from scorebox_sdk import About, Failure, Finding, Need, NoSettings, Plugin, Sample, Score, Verdict, settings, testing
from scorebox_sdk.finding import OUTSIDE, byte_offsets
from scorebox_sdk.score import taken
from scorebox_sdk.settings import parse, schema
from scorebox_sdk.text import Case, Folded, PhraseError, Phrases


@settings
class Term:
    name: Annotated[str, "What to look for."]


@settings
class Settings:
    """What the check looks for."""

    terms: list[Term]
    case_sensitive: bool = False
    at: Literal["start", "end"] | None = None
    limit: float = 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"term": []}', "term: unknown field `term`, expected one of `terms`, `case_sensitive`, `at`, `limit`"),
        ("{}", "missing field `terms`"),
        ('{"terms": [{"name": "a"}, {"nam": "b"}]}', "terms[1].nam: unknown field `nam`, expected `name`"),
        ('{"terms": [{}]}', "terms[0]: missing field `name`"),
        (
            '{"terms": [], "case_sensitive": "yes"}',
            'case_sensitive: invalid type: string "yes", expected a boolean',
        ),
        ('{"terms": [{"name": 1}]}', "terms[0].name: invalid type: integer `1`, expected a string"),
        ('{"terms": [{"name": true}]}', "terms[0].name: invalid type: boolean `true`, expected a string"),
        ('{"terms": null}', "terms: invalid type: null, expected a sequence"),
        ('{"terms": [], "at": "middle"}', "at: unknown variant `middle`, expected `start` or `end`"),
        ("[]", "write an object of fields"),
    ],
)
def test_errors_name_the_field_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(Failure) as failure:
        parse(Settings, text)
    assert (failure.value.kind, failure.value.message) == ("settings", message)


def test_settings_are_read_and_described() -> None:
    read = parse(Settings, '{"terms": [{"name": "a"}], "limit": 2}')
    assert (read.terms[0].name, read.case_sensitive, read.at, read.limit) == ("a", False, None, 2.0)
    made = schema(Settings)
    assert made["properties"]["terms"]["items"]["properties"]["name"]["description"] == "What to look for."
    assert (made["required"], made["additionalProperties"]) == (["terms"], False)
    assert parse(NoSettings, "{}") == NoSettings()
    with pytest.raises(Failure, match="not JSON"):
        parse(Settings, '{"terms": NaN}')


def test_positions_become_bytes() -> None:
    assert byte_offsets("aä𝄞b", [4, 0, 3, 2, 1, 9, -1]) == {0: 0, 1: 1, 2: 3, 3: 7, 4: 8, 9: OUTSIDE, -1: OUTSIDE}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("STRAẞE", "straße"),
        ("\u1ffd", "'"),
        ("Straße", "STRASSE"),
        ("İstanbul", "ISTANBUL"),
        ("I\u0307stanbul", "istanbul"),
        ("ısparta", "ISPARTA"),
        ("Café", "CAFE\u0301"),
        ("can’t", "can't"),
        ("A\u00adc\u200bme", "acme"),
        ("a \t\n\u00a0 b", "a b"),
        ("ＡＣＭＥ２", "acme2"),
        ("30–day", "30-day"),
    ],
)
def test_what_a_reader_overlooks_is_levelled(left: str, right: str) -> None:
    assert Folded(left).text == Folded(right).text


def found(phrases: list[str], text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in Phrases(phrases).find(text)]


def test_the_longest_whole_words_win() -> None:
    text = "Acme Corp, acme\n corp, Acme Corps"
    assert found(["acme", "acme corp"], text) == ["Acme Corp", "acme\n corp", "Acme"]
    assert found(["C++"], "C++ and c++20, abc++") == ["C++", "c++"]
    assert found(["straß", "cafe"], "strassen Café") == []
    assert found(["acme"], "Acmé acme_ アクメacmeの Ac\u00adme\u00ad") == ["acme", "Ac\u00adme"]
    assert len(Phrases(["IT"], Case.MATCH).find("it is IT")) == 1
    with pytest.raises(PhraseError, match=r"^\[1\]: the phrase is empty"):
        Phrases(["a", " \u00ad"])


class Overlap(Plugin[NoSettings]):
    about = About.metric("Share of the expected words.").range(0, 1).needs(Need.EXPECTED)

    def evaluate(self, sample: Sample) -> Score:
        words = (sample.expected or "").split()
        return Score(sum(word in sample.output for word in words) / len(words)).measure("words", len(words))


def test_a_plugin_is_held_to_the_hosts_rules() -> None:
    score = testing.check(Overlap, {}, Sample("red green").with_expected("red blue"))
    assert (score.value, score.verdict, score.measures) == (0.5, Verdict.UNJUDGED, [("words", 2.0)])
    with pytest.raises(Failure, match="needs an expected answer"):
        testing.check(Overlap, {}, "red")

    class Outside(Plugin[NoSettings]):
        about = About.constraint("Points nowhere.")

        def evaluate(self, sample: Sample) -> Score:
            return Score.from_findings([Finding("r", "m").in_output(0, 99)])

    with pytest.raises(Failure, match="points outside its text"):
        testing.check(Outside, {}, "short")


def test_an_offence_that_is_repeated_at_length_keeps_its_verdict() -> None:
    def score(count: int, message: str) -> Score:
        return Score.from_findings([Finding("r", message)] * count)

    assert taken(score(2_000, "short")) == 1_000
    assert taken(score(2_000, "a" * 1023)) == 256
    assert taken(score(2_000, "\0" * (1 << 10))) == 42
