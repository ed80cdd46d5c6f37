# SPDX-License-Identifier: GPL-3.0-or-later
"""With a hub: from a tagging in Rawhide to a build for ELN, whatever the bus does."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from adapters.sandbox.hub import Ending, messages, tagging
from adapters.sandbox.hub.choices import Outcome
from adapters.sandbox.hub.model import BuildState
from adapters.store.log import EventLog
from domain.package.events import Built, DestinationSeen, Ended, Phantom, TaggingConfirmed
from domain.service.events import CatchUpDone, GapFound
from tests.adapters.service.online import Rawhide


class Misled(Rawhide):
    """Our clock is ahead of Koji's."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Our time."""
        return super().now() + self.ahead


@pytest.fixture
def rawhide(log: EventLog) -> Iterator[Rawhide]:
    """Rawhide with bash and zsh, both rebuilt for ELN, and the baseline taken."""
    with Rawhide(log) as made:
        for name in ("bash", "zsh"):
            made.rebuilt(made.build(name))
        made.baseline()
        yield made


def test_a_build_of_rawhide_is_rebuilt(rawhide: Rawhide) -> None:
    """Tagged, told, confirmed, identified, queued, submitted, built: each an event."""
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.settle()

    assert rawhide.built_sources() == [build.source]
    assert rawhide.outcomes() == [(build.id, "built")]
    [built] = rawhide.events(Built.topic)
    assert built.downstream_nvr == f"bash-{build.version}-1.eln141"
    assert len(rawhide.events(TaggingConfirmed.topic)) == 1


def test_what_eln_has_is_not_rebuilt(rawhide: Rawhide) -> None:
    """A re-tag, and what a person built for ELN by hand, cost nothing."""
    build = rawhide.build("bash", None)
    rawhide.rebuilt(build)
    rawhide.tag(build, "f41")
    rawhide.listen()
    rawhide.passes(2)

    assert rawhide.built_sources() == []
    assert [seen.build_id for seen in rawhide.events(DestinationSeen.topic)][-1] > build.id


def test_a_silent_bus_is_a_gap(rawhide: Rawhide) -> None:
    """What no message told is found by the catch-up, built all the same, and told as a gap."""
    build = rawhide.build("bash")
    rawhide.listen(lost=True)
    rawhide.settle()

    assert rawhide.outcomes() == [(build.id, "built")]
    [gap] = rawhide.events(GapFound.topic)
    assert gap.counts == {"f41": 1}


def test_a_clock_that_was_ahead_delays_nothing(log: EventLog) -> None:
    """It was a year ahead when all was read, and was set right: the next look is not in a year.

    Where nothing was heard since, only the catch-up finds what is to be built.
    """
    with Misled(log) as rawhide:
        rawhide.rebuilt(rawhide.build("bash"))
        rawhide.baseline()
        rawhide.ahead = timedelta(days=365)
        rawhide.passes()
        rawhide.ahead = timedelta()
        build = rawhide.build("bash")
        rawhide.listen(lost=True)
        rawhide.settle()

        assert rawhide.outcomes() == [(build.id, "built")]


def test_a_late_message_is_no_news(rawhide: Rawhide) -> None:
    """A message that arrives after the catch-up found its row is neither a fact nor a phantom."""
    rawhide.build("bash")
    rawhide.passes(1)
    head = rawhide.log.head()
    rawhide.listen()
    rawhide.passes(1)

    recorded = [r.envelope.event.topic for r in rawhide.log.read(head)]
    assert "tagged" not in recorded
    assert not rawhide.events(Phantom.topic)


def test_a_phantom_supersedes_nothing(rawhide: Rawhide) -> None:
    """A tagging that Koji's history denies is on record as a phantom, and the older is built."""
    build, phantom = rawhide.build("bash"), rawhide.build("bash", None)
    tag = rawhide.world.tag("f41")
    rawhide.world.say(lambda: messages.tagging(
        "tag", phantom, tag, phantom.owner, rawhide.hub_clock()
    ))  # fmt: skip
    rawhide.listen()
    rawhide.settle()

    assert [event.build_id for event in rawhide.events(Phantom.topic)] == [phantom.id]
    assert rawhide.outcomes() == [(build.id, "built")]


def test_nothing_provisional_is_decided(rawhide: Rawhide) -> None:
    """While the hub is away facts are recorded and nothing of theirs is decided; later it is."""
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.server.stop()
    assert len(rawhide.passes(1).troubles) == 1
    assert rawhide.outcomes() == []
    assert rawhide.package().hints

    rawhide.server.start()
    rawhide.settle()
    assert rawhide.outcomes() == [(build.id, "built")]


def test_a_failure_is_an_end(log: EventLog) -> None:
    """A build that fails in Koji ends as failed, with Koji's reason."""
    with Rawhide(log, outcome=lambda _: Outcome(Ending.FAILED)) as rawhide:
        rawhide.baseline()
        build = rawhide.build("bash")
        rawhide.listen()
        rawhide.settle()

        assert rawhide.outcomes() == [(build.id, "failed")]
        [ended] = rawhide.events(Ended.topic)
        assert "mock exited" in ended.detail


def test_what_koji_has_already_is_adopted(rawhide: Rawhide) -> None:
    """'Build already exists' of the same source is what was wanted; of another it is refused."""
    same, other = rawhide.build("bash"), rawhide.build("zsh")
    for build, source in ((same, same.source), (other, "git+https://x/rpms/zsh#" + "f" * 40)):
        rawhide.world.add_build(
            build.name, build.version, "1.eln141", source=source, state=BuildState.COMPLETE
        )
    rawhide.listen()
    rawhide.settle()

    assert rawhide.outcomes("bash") == [(same.id, "built")]
    assert rawhide.outcomes("zsh") == [(other.id, "refused")]
    assert [built.adopted for built in rawhide.events(Built.topic)] == [True]


def test_a_second_baseline_is_no_news_of_when(rawhide: Rawhide) -> None:
    """What it finds that no message told is placed where Koji's history has it."""
    rawhide.build("bash")
    rawhide.listen(lost=True)
    newer = rawhide.build("bash")
    rawhide.listen()
    rawhide.app.facts.drain()
    rawhide.build("zsh")
    rawhide.baseline()
    rawhide.settle()

    assert rawhide.outcomes() == [(newer.id, "built")]


def test_branching(rawhide: Rawhide) -> None:
    """Everything in f41 is cloned into f42, which becomes the trigger: nothing is built again."""
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.settle()
    tagging.mass_tag(
        rawhide.world, rawhide.world.tag("f42"),
        [row.build for row in tagging.tagged(rawhide.world, rawhide.world.tag("f41"))],
        rawhide.world.user("releng"),
    )  # fmt: skip
    rawhide.configured.move("f42")
    rawhide.settle()

    assert rawhide.built_sources() == [build.source]
    assert rawhide.service.configured.trigger_tag == "f42"


def test_the_trigger_tag_is_renamed(rawhide: Rawhide) -> None:
    """A rename keeps the tag's id: under its new name it holds what it held."""
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.settle()
    tagging.rename(rawhide.world, rawhide.world.tag("f41"), "f99")
    rawhide.configured.move("f99")
    newer = rawhide.build("zsh", "f99")
    rawhide.settle()

    assert rawhide.built_sources() == [build.source, newer.source]


def test_a_tag_deleted_and_made_anew(rawhide: Rawhide) -> None:
    """The deletion is silent; catch-up sees that nothing is in the tag, and what comes in anew."""
    build = rawhide.build("bash")
    rawhide.listen()
    tagging.delete_tag(rawhide.world, rawhide.world.tag("f41"), rawhide.world.user("releng"))
    rawhide.world.add_tag("f41")
    newer = rawhide.build("zsh")
    rawhide.settle()

    assert build.source not in rawhide.built_sources()
    assert rawhide.built_sources() == [newer.source]


def test_catch_up_says_how_far_it_read(rawhide: Rawhide) -> None:
    """Each reading is on record with the tags by id, so that the next begins there."""
    rawhide.passes(1)
    [done] = rawhide.events(CatchUpDone.topic)
    assert done.tags == {name: rawhide.world.tag(name).id for name in ("eln", "f41", "f42")}
    assert done.upto == rawhide.world.last_event()
