"""What a plugin is given."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from .failure import Failure


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    id: str
    name: str
    arguments: str
    """The text of a JSON value."""

    def parsed(self) -> Any:
        """The arguments, parsed; a `Failure` if they are not JSON."""
        try:
            return json.loads(self.arguments)
        except ValueError as error:
            raise Failure.sample(f"the arguments of the call of {self.name} are not JSON: {error}") from None


@dataclass(frozen=True)
class Message:
    """One message of the conversation that led to the output."""

    role: str
    """`system`, `user`, `assistant` or `tool`."""
    content: str
    tool_calls: list[ToolCall] = field(default_factory=list)


@dataclass(frozen=True)
class Sample:
    """One exchange under evaluation."""

    output: str
    """What the system answered."""
    id: str = "sample"
    """Unique in its dataset."""
    input: str = ""
    """What the user asked. Structured inputs arrive as JSON text."""
    expected: str | None = None
    """The reference answer, where there is one."""
    context: list[str] = field(default_factory=list)
    """The passages that the answer has to rest on, in order."""
    conversation: list[Message] = field(default_factory=list)
    """The messages that led to the output, oldest first; empty for a single turn."""
    metadata_text: str = "{}"
    """The text of a JSON object. See `metadata`."""

    def metadata(self) -> dict[str, Any]:
        """Everything else that the dataset carries for this sample; a `Failure` if it is no JSON object."""
        if not self.metadata_text.strip():
            return {}
        try:
            value = json.loads(self.metadata_text)
        except ValueError as error:
            raise Failure.sample(f"the metadata is not a JSON object: {error}") from None
        if not isinstance(value, dict):
            raise Failure.sample("the metadata is not a JSON object")
        return value

    @staticmethod
    def of_output(output: str) -> Sample:
        """A sample with nothing but an output, to build the others from in tests."""
        return Sample(output)

    def with_input(self, text: str) -> Sample:
        """The same with an input."""
        return replace(self, input=text)

    def with_expected(self, text: str) -> Sample:
        """The same with a reference answer."""
        return replace(self, expected=text)

    def with_context(self, passages: list[str]) -> Sample:
        """The same with these passages."""
        return replace(self, context=list(passages))

    def with_message(self, role: str, content: str) -> Sample:
        """The same with one more message at the end of the conversation."""
        return replace(self, conversation=[*self.conversation, Message(role, content)])

    def with_metadata(self, metadata: dict[str, Any]) -> Sample:
        """The same with this metadata."""
        return replace(self, metadata_text=json.dumps(metadata))

    def text(self, field: str, index: int = 0) -> str | None:
        """The text that a span of `field` points into; `None` where there is none."""
        if field == "context":
            return self.context[index] if 0 <= index < len(self.context) else None
        return self.input if field == "input" else self.output
