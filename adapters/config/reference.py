# SPDX-License-Identifier: GPL-3.0-or-later
"""The reference of the configuration, as Markdown: made of the settings themselves."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from adapters.config.static import Config, variable
from adapters.config.unknown import section

INTRODUCTION: Final = """\
<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# The static configuration

Written by `ebs config reference`, from the settings themselves. Options go before variables,
variables before the file that `--config` or `EBS_CONFIG` names; a key that is nowhere has its
default. A list in a variable is written as JSON. `deploy/examples/ebs.toml` shows each key in its
place.

What is rebuilt is not configured here, but in the policy: see [policy.md](policy.md)."""

HEAD: Final = ("key", "variable", "type", "default", "what it is")

_KINDS: Final = {bool: "true, false", int: "number", str: "text", Path: "file", SecretStr: "secret"}


def reference() -> str:
    """Return the page: the keys at the top, then a table for each table of the file."""
    fields = Config.model_fields
    sections = {name: found for name in fields if (found := section(fields[name].annotation))}
    plain = {name: field for name, field in fields.items() if name not in sections}
    parts = [INTRODUCTION, "## At the top", _table(plain)]
    for name, model in sections.items():
        said = " ".join((model.__doc__ or "").split())
        parts += [f"## `[{name}]`", said, _table(model.model_fields, f"{name}__")]
    return "\n\n".join(parts) + "\n"


def _table(fields: dict[str, FieldInfo], prefix: str = "") -> str:
    rows = [HEAD, ("---",) * len(HEAD)]
    for name, field in fields.items():
        shown = f"`{name}`", f"`{variable(prefix + name)}`", kind(field), _default(field)
        rows.append((*shown, field.description or ""))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def kind(field: FieldInfo) -> str:
    """Return what a key takes, in a word or its values; seconds and days are units as well."""
    return field.title or ", ".join(_kinds(field.annotation))


def _kinds(annotation: Any) -> Iterator[str]:
    arguments = get_args(annotation)
    origin = get_origin(annotation)
    if origin is Annotated:
        titles = (each.title for each in arguments[1:] if isinstance(each, FieldInfo))
        yield next(filter(None, titles), None) or ", ".join(_kinds(arguments[0]))
    elif origin is Literal:
        yield from arguments
    elif origin is tuple:
        yield f"list: {', '.join(_kinds(arguments[0]))}"
    elif origin in {Union, UnionType}:
        for each in arguments:
            if each is not NoneType:
                yield from _kinds(each)
    else:
        yield _KINDS[annotation]


def _default(field: FieldInfo) -> str:
    """Return the default as TOML has it; one that depends on the machine is in the description."""
    if field.default_factory is not None or field.default is None:
        return "-"
    return f"`{json.dumps(field.default)}`"
