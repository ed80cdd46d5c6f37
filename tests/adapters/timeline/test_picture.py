# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the README: it is drawn by the verb, and by the renderer of today."""

from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from rich.console import Console

from adapters.timeline import Source, rendered
from tests.projections.timeline.given import drawn

PICTURE: Final = Path(__file__).parents[3] / "deploy" / "docs" / "incident.svg"
STYLE: Final = "{http://www.w3.org/2000/svg}style"
LARGEST: Final = 150_000


def test_it_is_small_and_of_today() -> None:
    """Whoever changes how pictures look draws it anew: `make picture`."""
    text = PICTURE.read_text()
    now = "\n".join(rendered("svg", drawn(), Source("", 0, ""), Console()))
    styles = [ElementTree.fromstring(each).findtext(STYLE) for each in (text, now)]  # noqa: S314

    assert len(text) < LARGEST
    assert styles[0] == styles[1]
    assert "300 builds rebuilt" in text
