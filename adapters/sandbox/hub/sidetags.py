# SPDX-License-Identifier: GPL-3.0-or-later
"""Side tags: made of a base tag by whoever is logged in, and his alone. All of it is silent."""

import koji

from adapters.sandbox.hub import tagging
from adapters.sandbox.hub.model import Tag, User
from adapters.sandbox.hub.world import World


def create(world: World, base: Tag, user: User) -> Tag:
    """Make a side tag with a target of the same name.

    Koji names it by the id that it is about to get, unless somebody makes a tag at that moment.
    """
    name = f"{base.name}-side-{world.new_id('tag') + 1}"
    if world.crowded:
        world.new_id("tag")
    config = base.config
    extra = {"sidetag": True, "sidetag_user": user.name, "sidetag_user_id": user.id}
    tag = world.add_tag(
        name, parents=(base.name,), arches=config.arches if config else None, extra=extra
    )
    world.undoable(lambda: _forget(world, tag))
    world.add_target(name, name, name)
    return tag


def remove(world: World, tag: Tag, user: User) -> None:
    """Remove a side tag with its target. What it holds is untagged; a draft stays a draft."""
    if owner(tag) is None:
        raise koji.GenericError(f"Not a sidetag: {tag.name}")
    if owner(tag) != user.id and not user.may("admin"):
        raise koji.ActionNotAllowed("This is not your sidetag")
    target = world.targets.pop(tag.name)
    world.undoable(lambda: world.targets.update({tag.name: target}))
    tagging.delete_tag(world, tag, user)


def owner(tag: Tag) -> int | None:
    """Return the id of the user whose side tag it is, None if it is none, or none any more."""
    return tag.config.extra.get("sidetag_user_id") if tag.config is not None else None


def _forget(world: World, tag: Tag) -> None:
    """Take back what ``create`` did; the ids are gone."""
    world.targets.pop(tag.name, None)
    del world.tags[tag.id], world.tag_ids[tag.name]
