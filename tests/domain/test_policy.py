# SPDX-License-Identifier: GPL-3.0-or-later
"""What people configure: names, patterns, and the revisions it is known by."""

from typing import Any, Final

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.policy import (
    GuardLimits,
    Names,
    Override,
    PackageList,
    PackageListSource,
    Policy,
    Settings,
    revision,
)

SETTINGS: Final = Settings()
POLICY: Final = Policy("f41")


def names(*listed: str, exclude: tuple[str, ...] = (), **overrides: str) -> Names:
    """Return the names by a list and overrides, downstream = upstream."""
    renamed = {name: Override(upstream) for name, upstream in overrides.items()}
    return Names(Policy("f41", exclude=exclude, overrides=renamed), listed)


# --- names -------------------------------------------------------------------------------------


def test_listed_packages_and_overrides_are_targets() -> None:
    """By the upstream name, each with what it is called downstream."""
    assert names("bash", ipa="freeipa").targets == {"bash": "bash", "freeipa": "ipa"}


def test_a_listed_name_that_is_overridden_is_no_target_itself() -> None:
    """The list has downstream names: where ipa is listed, freeipa is watched."""
    assert names("ipa", ipa="freeipa").targets == {"freeipa": "ipa"}


@pytest.mark.parametrize(
    ("name", "upstream", "downstream"),
    [("freeipa", "freeipa", "ipa"), ("ipa", "freeipa", "ipa"), ("bash", "bash", "bash")],
)
def test_every_verb_takes_either_name(name: str, upstream: str, downstream: str) -> None:
    """An override leads both ways."""
    either = names("bash", ipa="freeipa")
    assert either.upstream(name) == upstream
    assert either.downstream(either.upstream(name)) == downstream


NAMES = st.sampled_from(["a", "b", "c", "d"])


@drawn(st.dictionaries(NAMES, NAMES.map(Override)), st.lists(NAMES), NAMES)
def test_one_name_is_answered_as_the_whole_list_would(
    overrides: dict[str, Override], listed: list[str], name: str
) -> None:
    """Whether it is a target and what it is called there, however names are exchanged."""
    names = Names(Policy("f41", overrides=overrides), listed)

    assert names.targeted(name) == (name in names.targets)
    assert names.downstream(name) == names.targets.get(name, name)


def test_a_name_nobody_listed_is_its_own() -> None:
    """What is no target has the same name on both sides."""
    assert (names().upstream("zsh"), names().downstream("zsh")) == ("zsh", "zsh")


def test_an_upstream_name_is_taken_as_such_before_it_is_one_downstream() -> None:
    """Where a name is a target upstream it means that package, whatever is called so downstream."""
    swapped = names("new", new="old", old="new")
    assert swapped.targets == {"old": "new", "new": "old"}
    assert [swapped.upstream(name) for name in ("old", "new")] == ["old", "new"]


@pytest.mark.parametrize(
    ("pattern", "excluded"),
    [
        ("ba", True),
        ("sh", True),
        ("^bash$", True),
        ("^ash", False),
        ("ba$", False),
        ("BASH", False),
    ],
)
def test_an_exclude_is_searched_not_matched_whole(pattern: str, excluded: bool) -> None:
    """A pattern fits anywhere in the upstream name unless it says otherwise."""
    assert names("bash", exclude=(pattern,)).excluding("bash") == (pattern if excluded else None)


def test_an_exclude_is_searched_in_the_upstream_name() -> None:
    """What a package is called downstream excludes nothing."""
    either = names(exclude=("^ipa$",), ipa="freeipa")
    assert either.excluding("freeipa") is None


def test_the_first_exclude_that_fits_is_named() -> None:
    """In the order in which they are written."""
    assert names(exclude=("z", "sh$", "ba")).excluding("bash") == "sh$"


def test_an_excluded_package_is_still_a_target() -> None:
    """It is held back, not forgotten."""
    assert "bash" in names("bash", exclude=("bash",)).targets


# --- watched tags ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "watched"),
    [
        ("f41", True),
        ("f142", True),
        ("eln", True),
        ("f41-build", False),
        ("f41-updates", False),
        ("xf41", False),
        ("f", False),
        ("eln-build", False),
        ("rawhide", False),
    ],
)
def test_by_default_fedoras_tags_and_the_stable_tag_are_watched(tag: str, watched: bool) -> None:
    r"""`^f\d+$`, and the stable tag by its whole name."""
    assert SETTINGS.watches(tag) is watched


def test_watched_tags_are_patterns_that_are_searched() -> None:
    """Each may fit anywhere; one is enough."""
    settings = Settings(watched_tags=("^epel", "side"), stable_tag="c10s")
    tags = ["epel10", "f42-build-side-1", "c10s", "f42", "c10s-gate"]
    assert [settings.watches(tag) for tag in tags] == [True, True, True, False, False]


# --- revisions ---------------------------------------------------------------------------------


def test_a_revision_is_twelve_digits() -> None:
    """Short enough to be read out, long enough to be the only one."""
    assert len(revision(POLICY)) == 12
    assert int(revision(POLICY), 16) >= 0


@drawn(st.permutations([("bash", "eln"), ("zsh", "eln-extras"), ("awk", "eln")]))
def test_a_revision_does_not_depend_on_the_order_of_keys(views: list[tuple[str, str]]) -> None:
    """The same content has the same name, in whatever order it was read."""
    assert revision(PackageList(dict(views))) == revision(PackageList(dict(sorted(views))))


@drawn(st.permutations(["ipa", "zsh", "awk"]))
def test_a_policys_revision_does_not_depend_on_the_order_of_overrides(order: list[str]) -> None:
    """Overrides are known by their names, not by their lines."""
    ordered = {name: Override(name * 2) for name in order}
    assert revision(replace(POLICY, overrides=ordered)) == revision(
        replace(POLICY, overrides=dict(sorted(ordered.items())))
    )


def test_the_order_of_patterns_is_part_of_a_revision() -> None:
    """The first that fits wins, so another order is another policy."""
    one, other = Policy("f41", exclude=("a", "b")), Policy("f41", exclude=("b", "a"))
    assert revision(one) != revision(other)


OTHERWISE: Final[list[tuple[Policy | Settings, dict[str, Any]]]] = [
    (
        POLICY,
        {
            "trigger_tag": "f42",
            "pause": True,
            "exclude": ("x",),
            "skip_tag": ("x",),
            "ordering": (("x", 1),),
            "status_interval": 7,
            "autopackagelist": PackageListSource(("eln",), ("rawhide",), "https://example.org"),
            "overrides": {"ipa": Override("freeipa")},
        },
    ),
    (
        SETTINGS,
        {
            "watched_tags": ("x",),
            "stable_tag": "x",
            "mode": "shadow",
            "guard": GuardLimits(max_builds=7),
            "lull": 7,
            "longest_wait": 7,
            "failure_expiry": 7,
        },
    ),
]
"""Another value for every field of the policy and the settings."""


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param((content, {field: values[field]}), id=f"{type(content).__name__}-{field}")
        for content, values in OTHERWISE
        for field in content.__struct_fields__
    ],
)
def test_every_field_makes_another_revision(
    changed: tuple[Policy | Settings, dict[str, Any]],
) -> None:
    """What was in force at a decision can be told from its revisions."""
    content, values = changed
    assert revision(replace(content, **values)) != revision(content)


def test_what_was_adopted_whole_can_be_read_back() -> None:
    """Content in the log is enough to have the same revision again, without git or a network."""
    for content, values in OTHERWISE:
        full = replace(content, **values)
        assert msgspec.json.decode(msgspec.json.encode(full), type=type(full)) == full
