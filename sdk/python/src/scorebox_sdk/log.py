"""Lines for the plugin's author. The host shows them with the plugin's name, and bounds their size and number; in
native tests they go to standard error."""

import sys
from collections.abc import Callable


def debug(message: str) -> None:
    """A line that only somebody who debugs the plugin wants."""
    sink("debug", message)


def info(message: str) -> None:
    """A line worth knowing."""
    sink("info", message)


def warn(message: str) -> None:
    """A line about something that is probably wrong."""
    sink("warn", message)


def error(message: str) -> None:
    """A line about something that is wrong."""
    sink("error", message)


def _to_standard_error(level: str, message: str) -> None:
    print(f"{level}: {message}", file=sys.stderr)


sink: Callable[[str, str], None] = _to_standard_error
"""Where lines go; in a component, to the host."""
