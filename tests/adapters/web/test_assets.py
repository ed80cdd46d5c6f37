# SPDX-License-Identifier: GPL-3.0-or-later
"""What pages load: ours, or as somebody released it; kept for as long as it is the same."""

import json
from hashlib import sha256

import pytest

from adapters.web.assets import HERE, static
from tests.adapters.web.conftest import Asker

VENDORED = HERE / "vendor"
LISTED = json.loads((VENDORED / "vendored.json").read_text())


def test_what_is_vendored_is_as_it_was_released() -> None:
    """The digest of each file is the one that is listed, and no file is not."""
    found = {path.name for path in VENDORED.iterdir()} - {"vendored.json"}

    assert found == {each["file"] for each in LISTED}
    for each in LISTED:
        assert sha256((VENDORED / each["file"]).read_bytes()).hexdigest() == each["sha256"], each


def test_what_is_asked_for_by_content_is_kept_for_ever(web: Asker) -> None:
    """Its address changes with it; by any other address it is asked for again, cheaply."""
    address = static("pages.css")
    kept = web.get(address)

    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("/static/pages.css", "/static/pages.css?v=old"):
        told = web.get(other)
        assert (told.text, told.headers["cache-control"]) == (kept.text, "no-cache")
        known = {"If-None-Match": told.headers["etag"]}
        assert web.get(other, headers=known).status_code == 304


def test_what_is_not_there_cannot_be_named() -> None:
    """A page that names a file that is not there is a fault of ours, and shows at once."""
    with pytest.raises(FileNotFoundError):
        static("nosuch.css")
