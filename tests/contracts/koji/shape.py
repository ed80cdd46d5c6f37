# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of an answer: its keys and types all the way down, whatever the values."""

import re
from typing import Any


def differences(expected: Any, found: Any, at: str = "answer") -> list[str]:
    """How a found answer differs in shape from the expected one, empty if it does not."""
    if type(expected) is not type(found):
        return [f"{at}: {type(expected).__name__} expected, not {type(found).__name__} {found!r}"]
    if isinstance(expected, dict):
        return _of_structs(expected, found, at)
    if isinstance(expected, list):
        return _of_lists(expected, found, at)
    return []


def _of_structs(expected: dict[str, Any], found: dict[str, Any], at: str) -> list[str]:
    said = [f"{at}: no {key}" for key in expected.keys() - found.keys()]
    said += [f"{at}: unexpected {key}" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        said += differences(expected[key], found[key], f"{at}.{key}")
    return said


def _of_lists(expected: list[Any], found: list[Any], at: str) -> list[str]:
    """Each row found has the shape of some row expected; where there were rows, there are some."""
    if bool(expected) is not bool(found):
        return [f"{at}: {len(expected)} rows expected, not {len(found)}"]
    shapes = {shape(row) for row in expected}
    return [f"{at}: no such row as {row!r}" for row in found if shape(row) not in shapes]


def shape(value: Any) -> Any:
    """The shape of a value, comparable and hashable."""
    if isinstance(value, dict):
        return tuple(sorted((key, shape(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", *sorted({repr(shape(item)) for item in value}))
    return type(value).__name__


def text(said: str) -> str:
    """A fault's text without the ids and times of its hub."""
    return re.sub(r"\d+", "#", said)
