# SPDX-License-Identifier: GPL-3.0-or-later
"""What Koji's history adds to, corrects of, or denies of what messages told."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.envelope import Envelope, Meta, Recorded
from domain.package import Package, evolve, stream
from domain.package.events import PackageEvent, Phantom, Tagged, TaggingConfirmed, Untagged
from domain.package.reconcile import HistoryRow, News, Reading, reconcile
from domain.values import Moment

START = datetime(2024, 8, 13, tzinfo=UTC)
WHOLE = Reading(START, START + timedelta(days=1))
TAG = "f41"


def at(seconds: float, event: int = 0) -> Moment:
    """Return a moment of the day."""
    return Moment(START + timedelta(seconds=seconds), event)


def row(build_id: int, created: Moment, revoked: Moment | None = None) -> HistoryRow:
    """Return a row of the history."""
    return HistoryRow("bash", build_id, f"bash-{build_id}-1", TAG, 41, created, revoked=revoked)


def heard(package: Package, event: PackageEvent, moment: Moment) -> Package:
    """Return the package once the event is on record."""
    meta = Meta(moment.at, "message", "", koji_event=moment.event)
    envelope = Envelope(stream(package.name), package.version + 1, meta, event)
    return evolve(package, Recorded(package.position + 1, envelope))


def told(*hints: tuple[int, float, bool]) -> Package:
    """Return a package of which messages told: build, second, whether it was an untag."""
    package = Package("bash")
    for build_id, second, untag in hints:
        kind = Untagged if untag else Tagged
        event = kind(build_id=build_id, nvr=f"bash-{build_id}-1", tag=TAG)
        package = heard(package, event, at(int(second)))
    return package


def after(package: Package, news: Iterable[News]) -> Package:
    """Return the package once the news is on record."""
    for item in news:
        package = heard(package, item.event, item.moment)
    return package


def test_what_no_message_told_is_added() -> None:
    """A row that no message told of is a fact, with Koji's own time and event."""
    [news] = reconcile(Package("bash"), TAG, [row(1, at(5.5, 100))], WHOLE)
    assert news == News(Tagged(1, "bash-1-1", TAG, 41), at(5.5, 100))


def test_a_message_is_confirmed() -> None:
    """A row joins the message that told of it, whose second is cut."""
    [news] = reconcile(told((1, 5, False)), TAG, [row(1, at(5.5, 100))], WHOLE)
    assert news == News(TaggingConfirmed(1, TAG, at(5)), at(5.5, 100))


def test_a_late_message_is_confirmed() -> None:
    """A message may be sent long after its row was written, never before."""
    [news] = reconcile(told((1, 900, False)), TAG, [row(1, at(5.5, 100))], WHOLE)
    assert isinstance(news.event, TaggingConfirmed)


def test_the_oldest_message_joins_the_first_row() -> None:
    """Tagged twice, told twice: in order."""
    package = told((1, 50, False), (1, 5, False), (1, 20, True))
    rows = [row(1, at(50.5, 300)), row(1, at(5.5, 100), at(20.5, 200))]
    news = [*reconcile(package, TAG, rows, WHOLE)]

    assert [
        (item.event.message_at, item.moment) for item in news if hasattr(item.event, "message_at")
    ] == [
        (at(5), at(5.5, 100)),
        (at(50), at(50.5, 300)),
        (at(20), at(20.5, 200)),
    ]


def test_a_phantom_is_denied() -> None:
    """A message that no row bears out told of a call that was rolled back."""
    [news] = reconcile(told((1, 5, False)), TAG, [], WHOLE)
    assert news.event == Phantom(1, TAG, at(5))


def test_an_untag_of_nothing_is_denied() -> None:
    """A lenient untag of what was not tagged sends a message; the build stays in the tag."""
    package = after(
        told((1, 5, False), (1, 9, True)),
        reconcile(told((1, 5, False), (1, 9, True)), TAG, [row(1, at(5.5, 100))], WHOLE),
    )
    assert package.builds[1].tags[TAG].present


def test_what_was_not_read_is_not_denied() -> None:
    """A message newer than the reading, or older than its window, waits for a later one."""
    early, late = Reading(START, START + timedelta(seconds=5)), Reading(at(6).at, WHOLE.until)
    assert [*reconcile(told((1, 5, False)), TAG, [], early)] == []
    assert [*reconcile(told((1, 5, False)), TAG, [], late)] == []


def test_a_denied_message_stays_denied() -> None:
    """A second reading says nothing of what the first one settled."""
    package = after(told((1, 5, False)), reconcile(told((1, 5, False)), TAG, [], WHOLE))
    assert [*reconcile(package, TAG, [], WHOLE)] == []


rows_of_a_day = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 50), st.none() | st.integers(1, 30)), max_size=8
)


@given(rows_of_a_day, st.data())
def test_the_end_is_the_history_whatever_the_bus_did(
    drawn: list[tuple[int, int, int | None]], data: st.DataObject
) -> None:
    """Messages lost, doubled, in any order: reconciled, the package is as by history alone."""
    rows = []
    for event, (build_id, pause, revoked) in enumerate(drawn):
        start = event * 100 + pause
        end = None if revoked is None else at(start + revoked + 0.5, 10 * event + 12)
        rows.append(row(build_id, at(start + 0.5, 10 * event + 11), end))
    sent = [(r.build_id, r.created.at, False) for r in rows]
    sent += [(r.build_id, r.revoked.at, True) for r in rows if r.revoked]
    arrived = data.draw(st.lists(st.sampled_from(sent))) if sent else []
    package = told(*{(b, (t - START).total_seconds(), u) for b, t, u in arrived})

    package = after(package, reconcile(package, TAG, rows, WHOLE))
    alone = after(Package("bash"), reconcile(Package("bash"), TAG, rows, WHOLE))

    assert [*reconcile(package, TAG, rows, WHOLE)] == []
    for build_id, build in alone.builds.items():
        known = package.builds[build_id]
        assert known.tags[TAG].present == build.tags[TAG].present
        assert package.place(build_id, "eln") == alone.place(build_id, "eln")
