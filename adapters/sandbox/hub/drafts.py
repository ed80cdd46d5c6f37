# SPDX-License-Identifier: GPL-3.0-or-later
"""Drafts: builds that bear no NVR of their own until they are promoted."""

from typing import Final
from xmlrpc.client import Fault

import koji

from adapters.sandbox.hub import messages
from adapters.sandbox.hub.model import Build, BuildState, Promotion, User
from adapters.sandbox.hub.world import World

_POLICY: Final = (
    "policy violation (draft_promotion): "
    "Only draft-promoter and build owner can do this via default policy"
)


def must_be_free(world: World, made: tuple[str, str, str]) -> None:
    """Refuse a draft of what is built already, in whatever state that build is."""
    if made in world.build_ids:
        number = world.build_ids[made]
        raise koji.GenericError(f"Target build already exists: {'-'.join(made)} (id={number})")


def promote(world: World, build: Build, user: User, *, force: bool = False) -> None:
    """Give a draft its NVR. It keeps its id, its task and its tags; its old NVR is unknown then.

    Only an admin's force counts. The message that tells of it does not tell which build it was.
    """
    with world.request():
        _must_be_a_finished_draft(build)
        if not _may(user, build, force=force):
            raise koji.ActionNotAllowed(_POLICY)
        target = (build.name, build.version, _target_release(build))
        if target in world.build_ids:
            found = f"{'-'.join(target)}(#{world.build_ids[target]})"
            raise _refused(build, f"Target build exists: {found}")
        if target in world.promoting:
            raise _unique_violation(build, target)
        _rename(world, build, target, Promotion(user, world.event(), world.now()))
        world.say(lambda: messages.promoted(world.now()))


def _must_be_a_finished_draft(build: Build) -> None:
    if not build.draft:
        raise _refused(build, "Not a draft build")
    if build.state is not BuildState.COMPLETE:
        raise _refused(build, f"state ({build.state.name}) is not COMPLETE.")


def _may(user: User, build: Build, *, force: bool) -> bool:
    """An admin has every permission, but is no draft-promoter by that."""
    return user is build.owner or "draft-promoter" in user.perms or (force and user.may("admin"))


def _rename(world: World, build: Build, target: tuple[str, str, str], by: Promotion) -> None:
    release = build.release
    del world.build_ids[build.name, build.version, release]
    build.release, build.draft, build.promotion = target[2], False, by
    world.build_ids[target] = build.id
    for row in world.listings.by_build[build.id]:
        if row.revoke_event is None:
            row.tag.touch(by.event)
    world.undoable(lambda: _take_back(world, build, release))


def _take_back(world: World, build: Build, release: str) -> None:
    del world.build_ids[build.name, build.version, build.release]
    build.release, build.draft, build.promotion = release, True, None
    world.build_ids[build.name, build.version, release] = build.id


def _target_release(build: Build) -> str:
    return build.release.removesuffix(f",draft_{build.id}")


def _refused(build: Build, reason: str) -> koji.GenericError:
    return koji.GenericError(f"Cannot promote build {build.nvr}. Reason: {reason}")


def _unique_violation(build: Build, target: tuple[str, str, str]) -> Fault:
    """What the database says to the second of two that promote to the same NVR at once."""
    key = f"({build.package_id}, {target[1]}, {target[2]})"
    return Fault(
        1,
        "<class 'psycopg2.errors.UniqueViolation'>: duplicate key value violates unique constraint "
        f'"build_pkg_ver_rel"\nDETAIL:  Key (pkg_id, version, release)={key} already exists.\n',
    )
