"""From the suite's JSON to a plugin's settings, with errors that its writer can act on."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from typing import Annotated, Any, Literal, TypeVar, Union, dataclass_transform

from .failure import Failure

T = TypeVar("T")
_MARK = "__scorebox_settings__"


@dataclass_transform(kw_only_default=True, frozen_default=True)
def settings(cls: type[T]) -> type[T]:
    """Marks a class as part of a plugin's settings.

    Its annotations are the fields, `Annotated[str, "…"]` adds the description that users read, a value makes a field
    optional, and fields that the class does not have are refused.
    """
    made = dataclasses.dataclass(frozen=True, kw_only=True)(cls)
    setattr(made, _MARK, _fields(made))
    return made


def is_settings(kind: Any) -> bool:
    """Whether a class was marked."""
    return isinstance(kind, type) and hasattr(kind, _MARK)


@dataclasses.dataclass(frozen=True)
class _Field:
    kind: Any
    about: str
    default: Any
    required: bool


def _fields(cls: type[Any]) -> dict[str, _Field]:
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {}
    for field in dataclasses.fields(cls):
        kind, about = hints[field.name], ""
        if typing.get_origin(kind) is Annotated:
            kind, *notes = typing.get_args(kind)
            about = " ".join(note for note in notes if isinstance(note, str))
        if field.default_factory is not dataclasses.MISSING:
            default, required = field.default_factory(), False
        else:
            default, required = field.default, field.default is dataclasses.MISSING
        _schema(kind)
        fields[field.name] = _Field(kind, about, default, required)
    return fields


@settings
class NoSettings:
    """For plugins that have nothing to set."""


def parse(cls: type[T], text: str) -> T:
    """Reads `text` as `cls`; the failure names the field and what was expected there."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Failure.settings(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Failure.settings("write an object of fields")
    return _read(cls, value, "")


def schema(cls: type[Any]) -> dict[str, Any]:
    """The JSON Schema of `cls`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": cls.__name__, **_schema(cls)}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _optional(kind: Any) -> Any:
    """The type beside `None` in `X | None`; `None` for any other type."""
    if typing.get_origin(kind) in (Union, types.UnionType):
        others = [part for part in typing.get_args(kind) if part is not type(None)]
        if len(others) == 1 and len(typing.get_args(kind)) == 2:
            return others[0]
    return None


def _schema(kind: Any) -> dict[str, Any]:
    if is_settings(kind):
        fields: dict[str, _Field] = getattr(kind, _MARK)
        properties = {}
        for name, field in fields.items():
            about = {"description": field.about} if field.about else {}
            plain = isinstance(field.default, (str, int, float, bool, list, dict))
            default = {"default": field.default} if not field.required and plain else {}
            properties[name] = {**about, **_schema(field.kind), **default}
        made: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [name for name, field in fields.items() if field.required]
        # The docstring that dataclass makes up is the constructor's signature.
        about = inspect.cleandoc(kind.__doc__ or "")
        described = about and not about.startswith(f"{kind.__name__}(")
        return {
            **({"description": " ".join(about.split())} if described else {}),
            **made,
            **({"required": required} if required else {}),
        }
    inner = _optional(kind)
    if inner is not None:
        return {"anyOf": [_schema(inner), {"type": "null"}]}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal and all(isinstance(value, str) for value in arguments):
        return {"type": "string", "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict and arguments[0] is str:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    if kind in names:
        return {"type": names[kind]}
    raise TypeError(
        f"{kind!r} is no type for settings: use str, bool, int, float, list[X], dict[str, X], Literal, X | None, or a "
        "class marked @settings"
    )


def _read(kind: Any, value: Any, path: str) -> Any:
    if is_settings(kind):
        return _read_fields(kind, value, path)
    inner = _optional(kind)
    if inner is not None:
        return None if value is None else _read(inner, value, path)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        if not isinstance(value, str):
            raise _mistake(path, f"invalid type: {_shown(value)}, expected a string")
        if value not in arguments:
            raise _mistake(path, f"unknown variant `{value}`, {_expected(list(arguments))}")
        return value
    if origin is list:
        if not isinstance(value, list):
            raise _mistake(path, f"invalid type: {_shown(value)}, expected a sequence")
        return [_read(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        if not isinstance(value, dict):
            raise _mistake(path, f"invalid type: {_shown(value)}, expected a map")
        return {key: _read(arguments[1], item, _under(path, key)) for key, item in value.items()}
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        names = {str: "a string", bool: "a boolean", int: "an integer", float: "a number"}
        raise _mistake(path, f"invalid type: {_shown(value)}, expected {names[kind]}")
    return value


def _read_fields(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise _mistake(path, f"invalid type: {_shown(value)}, expected an object")
    fields: dict[str, _Field] = getattr(kind, _MARK)
    read = {}
    for name, item in value.items():
        if name not in fields:
            raise _mistake(_under(path, name), f"unknown field `{name}`, {_expected(list(fields))}")
        read[name] = _read(fields[name].kind, item, _under(path, name))
    for name, field in fields.items():
        if field.required and name not in read:
            if _optional(field.kind) is None:
                raise _mistake(path, f"missing field `{name}`")
            read[name] = None
    return kind(**read)


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _mistake(path: str, reason: str) -> Failure:
    return Failure.settings(f"{path}: {reason}" if path else reason)


def _expected(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    if not quoted:
        return "there are no fields"
    return f"expected {' or '.join(quoted)}" if len(quoted) < 3 else f"expected one of {', '.join(quoted)}"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case int():
            return f"integer `{value}`"
        case float():
            return f"floating point `{value}`"
        case str():
            return f"string {json.dumps(value, ensure_ascii=False)}"
        case list():
            return "sequence"
        case _:
            return "map"
