# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that somebody wrote and nobody reads: mostly slips of the pen, so they are named."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel


def unknown_keys(table: Mapping[str, Any], model: type[BaseModel]) -> Iterator[str]:
    """The dotted keys of a TOML table that the model does not have."""
    for key, value in table.items():
        field = model.model_fields.get(key)
        if field is None:
            yield key
        elif isinstance(value, dict) and (below := section(field.annotation)):
            yield from (f"{key}.{each}" for each in unknown_keys(value, below))


def unknown_variables(prefix: str, model: type[BaseModel], others: Iterable[str]) -> Iterator[str]:
    """The variables of the environment with this prefix that set nothing.

    ``others`` are known besides the model's own; those of the tests are not meant for us.
    """
    known = {f"{prefix}{name}".upper() for name in (*_names(model), *others)}
    for name in sorted(os.environ):
        upper = name.upper()
        if upper.startswith(prefix) and not upper.startswith(f"{prefix}TEST_"):
            yield from () if upper in known else (name,)


def _names(model: type[BaseModel]) -> Iterator[str]:
    for key, field in model.model_fields.items():
        yield key
        if below := section(field.annotation):
            yield from (f"{key}__{each}" for each in _names(below))


def section(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a table, None of what is no table."""
    is_section = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_section else None
