# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates: what is put into one is made printable and escaped, and none can forget it."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.words import plain

_SPECIAL: Final = re.compile(r"([\\`*_\[\]|~])")
"""What Markdown would act on within a line."""

_AS_ENTITY: Final = str.maketrans({char: f"&#{ord(char)};" for char in "&<>@"})
"""What leads to HTML or calls people; a reader of Markdown turns the entity back."""


def markdown(value: Any) -> str:
    """Return a text that Markdown shows as it is, wherever in a line it stands."""
    text = _SPECIAL.sub(r"\\\1", plain(value)).translate(_AS_ENTITY)
    return text.replace("://", ":\\//").replace("www.", "www\\.")


def _printable(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _environment(finalize: Callable[[Any], Any], *, autoescape: bool) -> Environment:
    return Environment(
        loader=PackageLoader(__package__ or "", "pages"),
        autoescape=autoescape,  # noqa: S701 - Markdown has no HTML: its finalize escapes
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_MARKUP: Final = _environment(_printable, autoescape=True)
_MARKDOWN: Final = _environment(markdown, autoescape=False)


def filled(name: str, **values: Any) -> Iterator[str]:
    """Yield the lines of a template: of Markdown where its name says so, else of HTML or SVG."""
    environment = _MARKDOWN if name.endswith(".md.j2") else _MARKUP
    yield from environment.get_template(name).render(**values).splitlines()
