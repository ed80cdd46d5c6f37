# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around an event, and the errors that a person meets."""

import pytest

from domain.errors import Conflict, EbsError, Invalid, NotFound, Refused
from tests.domain.given import moment, tagged


def test_an_event_is_named_by_stream_and_version() -> None:
    """The name by which causes, requests and approvals point at it."""
    assert tagged(1, 10).recorded(7, version=3).envelope.id == "package:bash@3"


def test_the_moment_is_kojis() -> None:
    """When Koji did it, with its event number, wherever the event was recorded."""
    assert tagged(1, 10, koji_event=100).meta.moment == moment(10, 100)


@pytest.mark.parametrize("kind", [Invalid, NotFound, Refused, Conflict])
def test_an_error_says_what_why_and_what_to_do(kind: type[EbsError]) -> None:
    """Each apart, so that whoever shows it may choose; as text, what and why."""
    error = kind("it failed", why="it was late", do="come earlier")
    assert (error.what, error.why, error.do) == ("it failed", "it was late", "come earlier")
    assert str(error) == "it failed: it was late"
    assert str(kind("it failed")) == "it failed"
