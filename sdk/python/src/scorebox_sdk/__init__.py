"""Write a Scorebox plugin in Python.

A plugin is a check that the host runs in a sandbox, on one sample at a time. You write the settings that a suite can
give it (`settings`), a subclass of `Plugin`, and one line, `export(Check)`. The README has a whole one.

- `Plugin.configure` runs once. Every sample starts from what it left, in a fresh copy.
- Positions are those of Python strings; the SDK turns them into bytes.
- There is no clock, no randomness, no network and no file system, so the same sample always gives the same score.
- Import at the top of a module: what was not imported when the component was built is not there.
"""

from . import log, testing, text
from .about import About, Need
from .failure import Failure
from .finding import Finding, Span
from .plugin import Plugin, export
from .sample import Message, Sample, ToolCall
from .score import Score, Verdict
from .settings import NoSettings, settings

__all__ = [
    "About",
    "Failure",
    "Finding",
    "Message",
    "Need",
    "NoSettings",
    "Plugin",
    "Sample",
    "Score",
    "Span",
    "ToolCall",
    "Verdict",
    "export",
    "log",
    "settings",
    "testing",
    "text",
]
