"""Flags SQL in an answer that cannot be parsed, that changes something, or that reads a table it must not."""

import re
from typing import Annotated

import sqlglot
import sqlglot.dialects.postgres  # by name: it is imported when first used, and there are no files then
from sqlglot import exp
from sqlglot.errors import SqlglotError

from scorebox_sdk import About, Finding, Plugin, Sample, Score, export, settings

FENCE = re.compile(r"^```[ \t]*sql\b[^\n]*\n(.*?)^```", re.DOTALL | re.IGNORECASE | re.MULTILINE)
STATEMENT = re.compile(r"""(?:'(?:[^']|'')*'|"[^"]*"|--[^\n]*|/\*.*?\*/|[^;])+""", re.DOTALL)
READS = (exp.Query, exp.Subquery, exp.Describe)
WRITES = (
    exp.Alter,
    exp.Command,
    exp.Commit,
    exp.Create,
    exp.Delete,
    exp.Drop,
    exp.Insert,
    exp.Into,
    exp.Merge,
    exp.Rollback,
    exp.Set,
    exp.Transaction,
    exp.TruncateTable,
    exp.Update,
    exp.Use,
)


@settings
class Settings:
    """What the SQL may do."""

    tables: Annotated[list[str] | None, "The tables that may be read; left out: all."] = None
    whole: Annotated[bool, "The answer is SQL as a whole, and not only its blocks of sql."] = False


class Check(Plugin[Settings]):
    """The check."""

    about = About.constraint("Every statement of SQL in the answer can be parsed, and only reads what it may.")

    def configure(self, settings: Settings) -> None:
        self.whole = settings.whole
        self.tables = None if settings.tables is None else {name.lower() for name in settings.tables}

    def evaluate(self, sample: Sample) -> Score:
        output = sample.output
        blocks = [(0, len(output))] if self.whole else [block.span(1) for block in FENCE.finditer(output)]
        findings: list[Finding] = []
        statements = 0
        for start, end in blocks:
            for statement in STATEMENT.finditer(output, start, end):
                text = statement[0].strip()
                if text:
                    statements += 1
                    at = output.index(text, statement.start())
                    findings += self.judge(text, at)
        return Score.from_findings(findings).measure("statements", statements)

    def judge(self, text: str, at: int) -> list[Finding]:
        """What one statement does that it must not. It stands at `at` of the answer."""
        end = at + len(text)
        try:
            parsed = sqlglot.parse_one(text, dialect="postgres")
        except (SqlglotError, RecursionError) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else "it is nested too deeply"
            return [Finding("syntax", f"cannot be parsed: {reason}").in_output(at, end)]
        written = parsed if not isinstance(parsed, READS) else parsed.find(*WRITES)
        if written is not None:
            return [Finding("writes", f"does more than read: {written.key}").in_output(at, end)]
        return self.forbidden(parsed, text, at)

    def forbidden(self, parsed: exp.Expr, text: str, at: int) -> list[Finding]:
        if self.tables is None:
            return []
        own = {name.alias.lower() for name in parsed.find_all(exp.CTE)}
        findings = []
        for name in sorted({table.name for table in parsed.find_all(exp.Table)}):
            if not name or name.lower() in own | self.tables:
                continue
            found = re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)
            finding = Finding("table", f"reads the table {name}")
            findings.append(finding.in_output(at + found.start(), at + found.end()) if found else finding)
        return findings


export(Check)
