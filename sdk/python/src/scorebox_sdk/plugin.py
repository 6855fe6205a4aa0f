"""What a plugin implements, and what every plugin does around it."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, get_args

from . import log
from .about import About, Need
from .failure import Failure
from .sample import Sample
from .score import Score, taken
from .settings import NoSettings, is_settings, parse

S = TypeVar("S")


class Plugin(Generic[S]):
    """A check, as its author writes it: `class Check(Plugin[Settings])`. Hand it to `export`."""

    about: ClassVar[About]
    """What the plugin is."""
    Settings: ClassVar[type[Any]] = NoSettings
    """The class between the brackets."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        for base in getattr(cls, "__orig_bases__", ()):
            for argument in get_args(base):
                if is_settings(argument):
                    cls.Settings = argument

    def configure(self, settings: S) -> None:
        """Gets the check ready. Do here whatever is expensive, such as compiling patterns: the host keeps the result and
        starts every sample from it. Raise `Failure.settings` where a value is wrong in a way that its type cannot say."""

    def evaluate(self, sample: Sample) -> Score:
        """Scores one sample; nothing survives to the next one. A bad answer is a score, not a `Failure`."""
        raise NotImplementedError(f"{type(self).__name__} has no method `evaluate`")


exported: type[Plugin[Any]] | None = None


def export(plugin: type[Plugin[Any]]) -> None:
    """Makes the component out of `plugin`: once, at the end of the module."""
    global exported
    if not isinstance(getattr(plugin, "about", None), About):
        raise TypeError(f"{plugin.__name__} says nothing of itself: write `about = About.constraint(\"…\")` into it")
    exported = plugin


class Configured:
    """A plugin with its settings, as the host uses it."""

    def __init__(self, plugin: type[Plugin[Any]], settings: str) -> None:
        self.plugin = plugin()
        self.plugin.configure(parse(plugin.Settings, settings))

    def evaluate(self, sample: Sample) -> Score:
        for need in self.plugin.about.needed:
            lacks, part = {
                Need.INPUT: (not sample.input, "an input"),
                Need.EXPECTED: (sample.expected is None, "an expected answer"),
                Need.CONTEXT: (not sample.context, "passages in its context"),
                Need.CONVERSATION: (not sample.conversation, "a conversation"),
            }[need]
            if lacks:
                raise Failure.sample(f"this check needs {part}, and the sample has none")
        score = self.plugin.evaluate(sample)
        if not isinstance(score, Score):
            raise TypeError(f"evaluate returned {type(score).__name__}: return a Score")
        kept = taken(score)
        if len(score.findings) > kept:
            log.warn(f"{len(score.findings) - kept} findings after the first {kept} were dropped")
            score.findings = score.findings[:kept]
        return score
