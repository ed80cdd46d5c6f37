# SPDX-License-Identifier: GPL-3.0-or-later
"""Who makes a call and on what: the first argument of every method of the hub."""

import koji
from msgspec import Struct

from adapters.sandbox.hub.builders import Builders
from adapters.sandbox.hub.model import User
from adapters.sandbox.hub.sessions import Session, Sessions
from adapters.sandbox.hub.world import World


class Caller(Struct, frozen=True):
    """A call's world, and who makes it; ``session`` is None for an anonymous one."""

    world: World
    builders: Builders
    sessions: Sessions
    session: Session | None

    def user(self) -> User:
        """Return who is logged in; refuse who is not."""
        if self.session is None:
            raise koji.ActionNotAllowed("you must be logged in for this operation")
        return self.session.user

    def user_with(self, perm: str) -> User:
        """Return who is logged in; refuse who lacks a permission."""
        user = self.user()
        if not user.may(perm):
            raise koji.ActionNotAllowed(f"{perm} permission required (logged in as {user.name})")
        return user
