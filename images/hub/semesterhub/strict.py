"""Read JSON into frozen dataclasses, strictly, and say everything that is wrong at once.

Keys in JSON are camelCase, fields in Python snake_case. An unknown key, a missing one or a
wrong type is a problem; problems are collected over the whole document.
"""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class SettingsError(ValueError):
    """A settings file that can't be used; the message lists every problem in it."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{source} can't be used:\n{lines}")


def at_least(minimum: float, **kwargs: Any) -> Any:  # noqa: ANN401 (dataclasses.field is Any)
    """Declare a number that may not be smaller."""
    return dataclasses.field(metadata={"minimum": minimum}, **kwargs)


def read(cls: type[T], data: object, source: str) -> T:
    """Make a `cls` of parsed JSON, or raise SettingsError with all that is wrong in it."""
    problems: list[str] = []
    value = _dataclass(cls, data, "", problems)
    if problems:
        raise SettingsError(source, problems)
    return typing.cast("T", value)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _dataclass(cls: type, data: object, where: str, problems: list[str]) -> object:
    if not isinstance(data, dict):
        problems.append(f"{where or 'the document'} must be an object, not {_kind(data)}")
        return None
    hints = typing.get_type_hints(cls)
    fields = {_camel(f.name): f for f in dataclasses.fields(cls)}
    problems.extend(
        f"unknown key {_join(where, key)}; known here: {', '.join(sorted(fields))}"
        for key in data
        if key not in fields
    )
    values: dict[str, object] = {}
    for key, field in fields.items():
        at = _join(where, key)
        if key not in data:
            if field.default is dataclasses.MISSING:
                problems.append(f"{at} is missing")
            continue
        value = _value(hints[field.name], data[key], at, problems)
        minimum = field.metadata.get("minimum")
        if minimum is not None and isinstance(value, int | float) and value < minimum:
            problems.append(f"{at} must be at least {minimum}, not {value}")
        values[field.name] = value
    return None if problems else cls(**values)


def _value(hint: Any, data: object, at: str, problems: list[str]) -> object:  # noqa: ANN401 (a type hint)
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return _dataclass(typing.cast("type", hint), data, at, problems)
    if origin is typing.Literal:
        choices = typing.get_args(hint)
        if data not in choices:
            problems.append(f"{at} must be one of {', '.join(choices)}, not {data!r}")
        return data
    if origin is tuple:
        return _list(typing.get_args(hint)[0], data, at, problems)
    if origin is Mapping:
        return _mapping(typing.get_args(hint)[1], data, at, problems)
    return _plain(hint, data, at, problems)


def _list(item: object, data: object, at: str, problems: list[str]) -> tuple[object, ...]:
    if not isinstance(data, list):
        problems.append(f"{at} must be a list, not {_kind(data)}")
        return ()
    return tuple(_value(item, each, f"{at}[{n}]", problems) for n, each in enumerate(data))


def _mapping(item: object, data: object, at: str, problems: list[str]) -> Mapping[str, object]:
    if not isinstance(data, dict):
        problems.append(f"{at} must be an object, not {_kind(data)}")
        return {}
    values = {key: _value(item, each, _join(at, key), problems) for key, each in data.items()}
    return types.MappingProxyType(values)


def _plain(hint: type, data: object, at: str, problems: list[str]) -> object:
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    # bool is an int in Python, never in a settings file
    if not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
        problems.append(f"{at} must be {_NAMES[hint]}, not {_kind(data)}")
    return data


_NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false"}


def _kind(data: object) -> str:
    return "null" if data is None else repr(data)


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
