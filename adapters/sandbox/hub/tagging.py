# SPDX-License-Identifier: GPL-3.0-or-later
"""Tagging as Koji does it: what is allowed, which event it gets, what is said of it."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import koji

from adapters.sandbox.hub import messages
from adapters.sandbox.hub.messages import Message
from adapters.sandbox.hub.model import Build, BuildState, Config, Listed, Listing, Tag, User
from adapters.sandbox.hub.world import World


def tag_build(
    world: World,
    tag: Tag,
    build: Build,
    user: User,
    *,
    force: bool = False,
    fromtag: Tag | None = None,
) -> None:
    """Tag a build. Moved, it leaves the other tag by the same event.

    By force a build already tagged is tagged again: a new row and a new event, and a message that
    tells nothing of it.
    """
    with world.request():
        if tag.config is None:
            raise koji.GenericError(f"No such tagInfo: {tag.id}")
        before = world.listings.active.get((build.id, tag.id))
        if before is not None and not force:
            raise koji.TagError(f"build {build.nvr} already tagged ({tag.name})")
        must_be_complete(build)
        event = world.event()
        if fromtag is not None:
            _revoke(world, _row(world, fromtag, build), event, user)
            _say(world, "untag", build, fromtag, user)
        if before is not None:
            _revoke(world, before, event, user)
        row = Listing(build, tag, event, user)
        world.listings.add(row)
        world.undoable(lambda: world.listings.remove(row))
        _say(world, "tag", build, tag, user)


def release(world: World, build: Build, name: str, user: str = "releng") -> None:
    """Tag a build, whose package is listed there first if it is not, by a user's name."""
    tag = world.tag(name)
    if build.package_id not in tag.packages:
        tag.packages[build.package_id] = Listed(build.owner)
    tag_build(world, tag, build, world.user(user), force=True)


def untag_build(world: World, tag: Tag, build: Build, user: User, *, strict: bool = True) -> None:
    """Untag a build. Where it need not be tagged, the message is sent even if it was not."""
    with world.request():
        if strict or (build.id, tag.id) in world.listings.active:
            _revoke(world, _row(world, tag, build), world.event(), user)
        _say(world, "untag", build, tag, user)


def mass_tag(world: World, tag: Tag, builds: Iterable[Build], user: User) -> None:
    """Tag builds one by one, whatever lock, package list and policy say, tagged or not."""
    with world.request():
        for build in builds:
            tag_build(world, tag, build, user, force=True)


def clone(world: World, source: Tag, name: str, user: User, builds: Iterable[Build]) -> Tag:
    """Copy a tag to a new one: configuration, packages, and these builds in turn."""
    with world.request():
        if name in world.tag_ids and world.tags[world.tag_ids[name]].config is not None:
            raise koji.GenericError(f"Target tag already exists: {name!r}")
        tag = _new_version(world, name, source.config)
        names = {number: package for package, number in world.packages.items()}
        for number, listed in source.packages.items():
            tag.packages[number] = listed
            _say_listed(world, tag, names[number], listed)
        mass_tag(world, tag, builds, user)
        return tag


def rename(world: World, tag: Tag, name: str) -> None:
    """Rename a tag, silently: its id stays, and its history bears the new name."""
    with world.request():
        old = tag.name
        world.tag_ids[name] = world.tag_ids.pop(old)
        tag.name = name


def configure(world: World, tag: Tag, config: Config) -> None:
    """Give a tag another configuration, silently; the one before can still be asked for."""
    with world.request():
        tag.versions.append((world.event(), config))


def delete_tag(world: World, tag: Tag, user: User) -> None:
    """Delete a tag. Its builds are untagged by one event, and nothing is said of it."""
    with world.request():
        event = world.event()
        for row in tagged(world, tag):
            _revoke(world, row, event, user)
        tag.versions.append((event, None))
        tag.packages.clear()


def tagged(world: World, tag: Tag) -> list[Listing]:
    """Return the rows in force of a tag, as they were made."""
    return [row for row in world.listings.by_tag[tag.id] if row.revoke_event is None]


def phantoms(world: World, tags: Sequence[str]) -> Callable[[Random], Message | None]:
    """Return how to invent the message of a build tagged into a tag that does not hold it."""

    def phantom(random: Random) -> Message | None:
        build = random.choice(list(world.builds.values()))
        tag = world.tag(random.choice(tags))
        if (build.id, tag.id) in world.listings.active:
            return None
        return messages.tagging("tag", build, tag, build.owner, world.now())

    return phantom


def must_be_complete(build: Build) -> None:
    """Refuse a build that is not finished; ``state`` is named as Koji names it."""
    if build.state is not BuildState.COMPLETE:
        raise koji.TagError(f"build {build.nvr} not complete: state {build.state.name}")


def must_be_open(tag: Tag, user: User) -> None:
    """Refuse a tag that is locked or asks for a permission."""
    config = tag.config
    if config is None or user.may("admin"):
        return
    if config.locked:
        raise koji.ActionNotAllowed("tag is locked")
    if config.perm is not None and not user.may(config.perm):
        raise koji.ActionNotAllowed(f"tag requires {config.perm} permission")


def must_be_listed(world: World, tag: Tag, build: Build) -> None:
    """Refuse a build whose package is not on the tag's list, or blocked there."""
    listed = packages(world, tag).get(build.package_id)
    if listed is None:
        raise koji.TagError(f"Package {build.name} not in list for {tag.name}")
    if listed.blocked:
        raise koji.TagError(f"Package {build.name} blocked in {tag.name}")


def must_be_allowed(tag: Tag, user: User) -> None:
    """Refuse what the hub's policy does: a side tag is its owner's."""
    config = tag.config
    mine = config is not None and config.extra.get("sidetag_user_id") == user.id
    if not (user.may("tag") or mine or (config is not None and config.open)):
        raise koji.ActionNotAllowed("policy violation (tag)")


def ancestry(world: World, tag: Tag, event: int | None = None) -> list[Tag]:
    """Return a tag and what it inherits from, depth first, in the order of priority."""
    found: dict[int, Tag] = {}

    def visit(one: Tag) -> None:
        config = one.config_at(event)
        if one.id in found or config is None:
            return
        found[one.id] = one
        for parent in config.parents:
            visit(world.tags[parent])

    visit(tag)
    return list(found.values())


def inherited(world: World, tag: Tag, event: int | None = None) -> dict[str, tuple[Any, Tag]]:
    """Return the extra of a tag and its parents with where it is from; the nearest wins."""
    merged: dict[str, tuple[Any, Tag]] = {}
    for one in reversed(ancestry(world, tag, event)):
        config = one.config_at(event)
        if config is not None:
            merged |= {key: (value, one) for key, value in config.extra.items()}
    return merged


def packages(world: World, tag: Tag) -> dict[int, Listed]:
    """Return the packages listed for a tag, with those it inherits."""
    merged: dict[int, Listed] = {}
    for one in reversed(ancestry(world, tag)):
        merged |= one.packages
    return merged


def _row(world: World, tag: Tag, build: Build) -> Listing:
    try:
        return world.listings.active[build.id, tag.id]
    except KeyError:
        raise koji.TagError(f"build {build.nvr} not in tag {tag.name}") from None


def _revoke(world: World, row: Listing, event: int, user: User) -> None:
    world.listings.revoke(row, event, user)
    world.undoable(lambda: world.listings.restore(row))


def _new_version(world: World, name: str, config: Config | None) -> Tag:
    tag = world.add_tag(name)
    tag.versions[-1] = (tag.versions[-1][0], config)
    return tag


def _say(world: World, kind: str, build: Build, tag: Tag, user: User) -> None:
    world.say(lambda: messages.tagging(kind, build, tag, user, world.now()))


def _say_listed(world: World, tag: Tag, package: str, listed: Listed) -> None:
    world.say(lambda: messages.package_listed(tag, package, listed.owner, world.now()))
