from check import Check

from scorebox_sdk import Verdict, testing


def judge(sql: str, **settings: object) -> list[str]:
    score = testing.check(Check, {"whole": True, **settings}, sql)
    return [finding.rule for finding in score.findings]


def test_reading_passes() -> None:
    for sql in ["SELECT 1", "SELECT a FROM b UNION SELECT c FROM d", "(SELECT 1)", "WITH a AS (SELECT 1) SELECT * FROM a"]:
        assert judge(sql) == [], sql


def test_changing_fails() -> None:
    for sql in ["INSERT INTO a VALUES (1)", "UPDATE a SET b = 1", "GRANT ALL ON a TO b", "SELECT * INTO b FROM a", "TRUNCATE a"]:
        assert judge(sql) == ["writes"], sql


def test_a_semicolon_in_a_text_ends_no_statement() -> None:
    assert judge("SELECT ';DROP TABLE a;'") == []


def test_blocks_are_found_in_prose() -> None:
    answer = "Like so:\n```SQL\nDROP TABLE a;\n```\nor not."
    score = testing.check(Check, {}, answer)
    assert score.verdict == Verdict.FAIL
    assert testing.quotes(score, answer) == ["DROP TABLE a"]
