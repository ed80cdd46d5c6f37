# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about side tags, which Koji has from a plugin."""

# ruff: noqa: ARG001, FBT001, FBT002, N803 - the arguments are the API's, names and all

from collections.abc import Callable
from typing import Any, Final

from adapters.sandbox.hub import sidetags
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, chosen
from adapters.sandbox.hub.model import Tag


def create_side_tag(
    caller: Caller, basetag: Any, debuginfo: bool = False, suffix: str | None = None
) -> Row:
    """Make a side tag of whoever asks. Called twice, it makes two."""
    user = caller.user()
    tag = sidetags.create(caller.world, find.the_tag(caller.world, basetag), user)
    return {"name": tag.name, "id": tag.id, "task_id": None, "request": None}


def list_side_tags(
    caller: Caller, basetag: Any = None, user: Any = None, queryOpts: Row | None = None
) -> Any:
    """Side tags, of a base tag and of a user where told; the user's id is a text here."""
    world = caller.world
    base = None if basetag is None else find.the_tag(world, basetag).id
    owner = None if user is None else find.the_user(world, user).id
    fits = (
        tag
        for tag in world.tags.values()
        if sidetags.owner(tag) is not None
        and owner in {None, sidetags.owner(tag)}
        and (base is None or (tag.config is not None and base in tag.config.parents))
    )
    return chosen(map(_row, fits), queryOpts)


def remove_side_tag(caller: Caller, sidetag: Any) -> None:
    """Remove a side tag of one's own; called twice, there is no such tag."""
    user = caller.user()
    sidetags.remove(caller.world, find.the_tag(caller.world, sidetag), user)


def _row(tag: Tag) -> Row:
    assert tag.config is not None  # noqa: S101 - it has an owner
    extra = tag.config.extra
    user_id = str(extra["sidetag_user_id"])
    return {"id": tag.id, "name": tag.name, "user_id": user_id, "user_name": extra["sidetag_user"]}


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "createSideTag": create_side_tag,
    "listSideTags": list_side_tags,
    "removeSideTag": remove_side_tag,
}
