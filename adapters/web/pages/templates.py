# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates: what came from outside is no markup and steers nothing; a slip is no blank."""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.web.assets import static
from adapters.web.pages.stacking import stacked
from adapters.web.pages.times import ago, length_of, roughly
from adapters.words import counted, iso, plain
from domain.values import minute
from projections.why import in_short


def _printable(value: Any) -> Any:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


ENVIRONMENT: Final = Environment(
    loader=PackageLoader("adapters.web"),
    autoescape=True,
    finalize=_printable,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ENVIRONMENT.filters.update(
    counted=counted,
    iso=iso,
    minute=minute,
    ago=ago,
    in_short=in_short,
    length_of=length_of,
    roughly=roughly,
    stacked=stacked,
)
ENVIRONMENT.globals.update(static=static)


def filled(template: str, **values: Any) -> bytes:
    """Return a template with these values. Raises where it asks for one that is not given."""
    return ENVIRONMENT.get_template(template).render(**values).encode()
