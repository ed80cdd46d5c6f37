# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do: a guard that holds, an approval, a rejection, a pause, requests."""

from msgspec.structs import replace

from domain.policy import GuardLimits
from domain.service.events import PlanHeld
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.domain.given import DAY, built, cleared, ended, identified, tagged, time, untagged

HOUR = 3_600


def live(world: World) -> None:
    """Live through it; a day after midnight the service is there, with its baseline."""
    _ordinary(world)
    _guarded(world)
    _paused(world)
    _asked(world)


def _ordinary(world: World) -> None:
    """Four packages are queued, of which gcc fails, and freeipa's source is known late."""
    world.hear(tagged(1, 10), tagged(11, 11, package="gcc"), tagged(21, 12, package="zsh"))
    world.hear(tagged(31, 13, package="freeipa", source=None))
    world.passes()
    world.hear(built(1), ended(11, package="gcc"), built(21, package="zsh"))
    world.hear(identified(31, "git+https://src.example/freeipa#31", package="freeipa"))
    world.hear(built(31, package="freeipa"))


def _guarded(world: World) -> None:
    """One plan is held and approved, another rejected."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(2, 20), tagged(22, 21, package="zsh"))
    world.passes()
    world.app.gate.approve(_held(world), world.by(), "they are due")
    world.hear(built(2), built(22, package="zsh"), tagged(23, 30, package="zsh"))
    world.passes()
    world.app.gate.reject(_held(world), "it breaks everything", world.by())
    world.outside.guard = GuardLimits()
    world.passes()


def _held(world: World) -> str:
    held: PlanHeld = world.events(PlanHeld.topic)[-1]
    return held.plan


def _paused(world: World) -> None:
    """The trigger moves while it is paused; what was handled is tagged again, bash built twice."""
    world.at(time(DAY + HOUR))
    world.app.operators.pause("branching", None, world.by())
    world.outside.policy = replace(world.outside.policy, trigger_tag="f42")
    world.app.gate.prepare("branching", world.app.gate.offered())
    later = DAY + 2 * HOUR
    world.hear(tagged(2, later, "f42"), tagged(22, later, "f42", package="zsh"))
    world.hear(tagged(3, later + HOUR, "f42"), tagged(4, later + 2 * HOUR, "f42"))
    world.hear(tagged(32, later + 3 * HOUR, "f42", package="freeipa"))
    world.hear(untagged(32, later + 4 * HOUR, "f42", package="freeipa"))
    world.at(time(later + 5 * HOUR))
    world.app.operators.resume(world.by())
    world.passes()
    world.hear(built(4, at=later + 6 * HOUR))


def _asked(world: World) -> None:
    """A failure is cleared, bash is forced, zsh is rebuilt, and gcc is excluded at last."""
    world.at(time(2 * DAY))
    world.hear(tagged(11, 2 * DAY, "f42", package="gcc"))
    world.passes()
    world.hear(cleared(package="gcc"))
    world.passes()
    world.app.operators.trigger(["bash"], "a new compiler", world.by(), force=True)
    world.app.operators.rebuild(["zsh"], "a new compiler", world.by())
    world.passes()
    world.outside.policy = replace(world.outside.policy, exclude=("^gcc$",))
    world.hear(tagged(12, 2 * DAY + HOUR, "f42", package="gcc"))
    world.passes()
