"""Why a plugin could not score."""

from __future__ import annotations


class Failure(Exception):
    """Raise it where the plugin could not score. The host reports a fault, never a failed sample: an answer that breaks
    a rule is a `Score` with the verdict fail."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        """`settings`, `sample` or `failed`."""
        self.message = message

    @staticmethod
    def settings(message: str) -> Failure:
        """The settings are wrong. The message names the field, what is wrong, and what to write instead."""
        return Failure("settings", message)

    @staticmethod
    def sample(message: str) -> Failure:
        """This sample lacks what the plugin needs. The message says what."""
        return Failure("sample", message)

    @staticmethod
    def failed(message: str) -> Failure:
        """Anything else that keeps the plugin from scoring."""
        return Failure("failed", message)

    def __str__(self) -> str:
        prefix = {"settings": "invalid settings: ", "sample": "invalid sample: "}.get(self.kind, "")
        return prefix + self.message
