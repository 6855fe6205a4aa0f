"""The glue between `Plugin` and the component that the host runs. Only a component can import it."""

from __future__ import annotations

import json
import traceback
from typing import Any, NoReturn

# What componentize-py makes of the contract.
from componentize_py_types import Err  # pyright: ignore[reportMissingImports]
from wit_world import exports  # pyright: ignore[reportMissingImports]
from wit_world.imports import log as host_log, types as wit  # pyright: ignore[reportMissingImports]

from . import log, plugin
from .failure import Failure
from .finding import OUTSIDE, Finding, byte_offsets
from .plugin import Configured, Plugin
from .sample import Message, Sample, ToolCall
from .score import Score
from .settings import schema

_LEVELS = {
    "debug": host_log.Level.DEBUG,
    "info": host_log.Level.INFO,
    "warn": host_log.Level.WARN,
    "error": host_log.Level.ERROR,
}
_FAILURES = {
    "settings": wit.Failure_InvalidSettings,
    "sample": wit.Failure_InvalidSample,
    "failed": wit.Failure_Failed,
}

name = ""
version = ""
_configured: Configured | None = None


def _to_host(level: str, message: str) -> None:
    host_log.log(_LEVELS[level], _sound(message))


log.sink = _to_host


class Metric(exports.Metric):
    """What the host calls."""

    def describe(self) -> Any:
        about = _plugin().about
        return wit.Descriptor(
            name=name,
            version=version,
            summary=about.summary,
            kind=wit.Kind.CONSTRAINT if about.kind == "constraint" else wit.Kind.METRIC,
            settings_schema=json.dumps(schema(_plugin().Settings), ensure_ascii=False, separators=(",", ":")),
            range=about.bounds,
            higher_is_better=about.higher_is_better,
            needs=[wit.Need[need.name] for need in about.needed],
        )

    def configure(self, settings: str) -> None:
        global _configured
        try:
            _configured = Configured(_plugin(), settings)
        except Exception as error:
            _fail(error)

    def evaluate(self, sample: Any) -> Any:
        try:
            if _configured is None:
                raise Failure.failed("evaluate was called before configure succeeded")
            given = _sample(sample)
            return _score(_configured.evaluate(given), given)
        except Exception as error:
            _fail(error)


def _plugin() -> type[Plugin[Any]]:
    if plugin.exported is None:
        raise Failure.failed("no plugin: write `export(Check)` at the end of the module")
    return plugin.exported


def _fail(error: Exception) -> NoReturn:
    if not isinstance(error, Failure):
        log.error("".join(traceback.format_exception(error)).rstrip())
        error = Failure.failed(f"{type(error).__name__}: {error}")
    raise Err(_FAILURES[error.kind](_sound(error.message))) from None


def _sound(text: str) -> str:
    """Half a surrogate pair is nothing that UTF-8 can write."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _sample(sample: Any) -> Sample:
    return Sample(
        id=sample.id,
        input=sample.input,
        output=sample.output,
        expected=sample.expected,
        context=sample.context,
        conversation=[
            Message(
                message.role.name.lower(),
                message.content,
                [ToolCall(call.id, call.name, call.arguments) for call in message.tool_calls],
            )
            for message in sample.conversation
        ],
        metadata_text=sample.metadata,
    )


def _score(score: Score, sample: Sample) -> Any:
    positions: dict[tuple[str, int], set[int]] = {}
    for _, _, span in score.findings:
        if span is not None:
            field, start, end, index = span
            positions.setdefault((field, index), set()).update((start, end))
    offsets = {
        place: byte_offsets(text, found)
        for place, found in positions.items()
        if (text := sample.text(*place)) is not None
    }
    return wit.Score(
        value=float(score.value),
        verdict=wit.Verdict[score.verdict.name],
        summary=_sound(score.summary),
        findings=[_finding(finding, offsets) for finding in score.findings],
        measures=[(_sound(name), float(value)) for name, value in score.measures],
    )


_OUTPUT = wit.Field_Output()
_INPUT = wit.Field_Input()


def _finding(finding: Finding, offsets: dict[tuple[str, int], dict[int, int]]) -> Any:
    rule, message, span = finding
    location = None
    if span is not None:
        name, start, end, index = span
        if name == "context":
            field: Any = wit.Field_Context(index if 0 <= index < OUTSIDE else OUTSIDE)
        else:
            field = _INPUT if name == "input" else _OUTPUT
        bytes_of = offsets.get((name, index), {})
        location = wit.Span(field, bytes_of.get(start, OUTSIDE), bytes_of.get(end, OUTSIDE))
    return wit.Finding(_sound(rule), _sound(message), location)
