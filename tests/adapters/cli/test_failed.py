# SPDX-License-Identifier: GPL-3.0-or-later
"""failed: what is not tried again, and how it is."""

import pytest

from tests.adapters.cli.conftest import Ebs

WHY = ("--reason", "gcc is fixed")


@pytest.fixture
def rejected(ready: Ebs, held: str) -> Ebs:
    """Run any verb; a person rejected the plan with bash and freeipa."""
    assert ready("reject", held, "--reason", "a mistake", "--yes").code == 0
    return ready


def test_what_failed_is_listed(rejected: Ebs) -> None:
    """Each source that is kept back, with its outcome and the reason given."""
    found = rejected("failed", "--json").json

    assert {each["package"] for each in found} == {"bash", "freeipa"}
    assert {(each["outcome"], each["detail"]) for each in found} == {("rejected", "a mistake")}
    assert "bash" in rejected("failed").out


def test_some_can_be_named(rejected: Ebs) -> None:
    """By either name; in CSV as in JSON."""
    assert [each["package"] for each in rejected("failed", "ipa", "--json").json] == ["freeipa"]
    head, line = rejected("failed", "bash", "--csv").out.splitlines()
    assert head.startswith("package,build_id,nvr,source,outcome")
    assert line.startswith("bash,")


def test_as_of_then(rejected: Ebs) -> None:
    """Before anything was rejected nothing was kept back; what is cleared was kept back before."""
    head = rejected("status", "--json").json["position"]
    assert rejected("failed", "clear", "--all", *WHY).code == 0

    assert len(rejected("failed", "--at", str(head), "--json").json) == 2
    assert rejected("failed", "--at", "1", "--json").code == 4
    assert rejected("failed", "--json").json == []


def test_what_is_cleared_is_due_again(rejected: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleared, it is no longer listed, and the next pass queues it."""
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "250")
    assert rejected("failed", "clear", "bash", *WHY).code == 0
    assert [each["package"] for each in rejected("failed", "--json").json] == ["freeipa"]

    rejected("work", "--once")
    assert [each["package"] for each in rejected("queue", "--json").json] == ["bash"]


def test_everything_is_cleared(rejected: Ebs) -> None:
    """--all takes whatever failed; a rehearsal takes nothing."""
    assert rejected("failed", "clear", "--all", *WHY, "--dry-run").code == 0
    assert len(rejected("failed", "--json").json) == 2
    assert rejected("failed", "clear", "--all", *WHY).code == 0
    assert rejected("failed", "--json").json == []
    assert "nothing that failed" in rejected("failed").err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("zlib",), 4),
        (("bash", "zlib"), 4),
        (("nosuch",), 3),
        ((), 2),
        (("bash", "--all"), 2),
    ],
    ids=str,
)
def test_all_or_nothing(rejected: Ebs, arguments: tuple[str, ...], code: int) -> None:
    """What has not failed, or is unknown, is refused, and nothing else is cleared with it."""
    ran = rejected("failed", "clear", *arguments, *WHY)

    assert ran.code == code
    assert len(rejected("failed", "--json").json) == 2
