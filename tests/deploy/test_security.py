# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy/docs/security.md says of names and tokens is what is checked."""

import re

import pytest

from adapters.store.tokens import RANDOM_BYTES
from domain import values
from tests.architecture.test_source import ROOT

PAGE = (ROOT / "deploy/docs/security.md").read_text()


@pytest.mark.parametrize("pattern", [values._NAME, values._USER, values._VERSION, values._SOURCE])
def test_a_name_may_be_what_the_page_says(pattern: re.Pattern[str]) -> None:
    """The page has the very pattern by which each kind of name is matched whole."""
    assert f"| `{pattern.pattern}` |" in PAGE


def test_tokens_are_as_random_as_the_page_says() -> None:
    """A token has at least the bits that the page promises."""
    assert "Tokens are 256 random bits" in PAGE
    assert RANDOM_BYTES * 8 >= 256
