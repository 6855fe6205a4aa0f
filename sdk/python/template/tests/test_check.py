import pytest
from check import Check

from scorebox_sdk import Failure, Verdict, testing


def test_jargon_fails_and_the_finding_points_at_it() -> None:
    answer = "Größere Synergy is a low-hanging\nfruit."
    score = testing.check(Check, {"terms": ["synergy", "low-hanging fruit"]}, answer)
    assert score.verdict == Verdict.FAIL
    assert testing.quotes(score, answer) == ["Synergy", "low-hanging\nfruit"]


def test_a_plain_answer_passes() -> None:
    assert testing.check(Check, {"terms": ["synergy"]}, "We work together.").verdict == Verdict.PASS


@pytest.mark.parametrize("settings", [{"terms": []}, {"term": ["a"]}])
def test_settings_are_checked(settings: dict[str, list[str]]) -> None:
    with pytest.raises(Failure):
        testing.check(Check, settings, "")
