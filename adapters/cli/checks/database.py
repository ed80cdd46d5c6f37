# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of the database: who works there, what guards the log, and its last days."""

from collections.abc import Iterator
from typing import Final

from adapters.app import App
from adapters.cli.checks.check import Check
from adapters.cli.checks.clock import compared
from adapters.store.connections import ROLE
from adapters.store.guard import Guard, guard_of
from adapters.store.phases import Applied, level, missing
from adapters.store.statements import statement
from adapters.store.verify import Anchor, Verification
from adapters.words import counted
from projections import runner

TAIL: Final = 1_000
"""Events whose digests are computed anew; all of them is what verify is for."""

_SEE: Final = "see who could do it, and compare: ebs verify --expect, with a digest kept elsewhere"


def checks(app: App) -> Iterator[Check]:
    """Yield how the database is; that its schema is ours was seen when it was opened."""
    guard = guard_of(app.log.connections)
    where = "a given database" if app.config.database_url else f"embedded in {app.config.state_dir}"
    yield Check("database", "ok", f"PostgreSQL {guard.server}, {where}")
    yield _schema([Applied(*row) for row in app.log.connections.fetch(statement("applied"))])
    yield _roles(guard, embedded=app.config.database_url is None)
    yield _guard(guard)
    yield compared("database clock", "the database's", guard.now, app.clock())
    yield _projections(app)


def chain(app: App) -> Iterator[Check]:
    """Yield whether the last events are as they were written."""
    head = app.log.head()
    after = max(0, head - TAIL)
    start = app.log.anchor(after) if after else Anchor()
    verification = Verification(start)
    found = [f for rows in app.log.rows(after, head) for f in verification.walk(rows)]
    found += verification.end(head)
    if found:
        what = f"{counted(len(found), 'finding')} since position {after + 1}, the first at"
        yield Check("digest chain", "fail", f"{what} {found[0].position}: {found[0].detail}", _SEE)
        return
    if not verification.events:
        yield Check("digest chain", "ok", "nothing is on record yet")
        return
    told = f"the last {counted(verification.events, 'event')} are as they were written"
    yield Check("digest chain", "ok", f"{told}; 'ebs verify' looks at all")


def _schema(applied: list[Applied]) -> Check:
    """Another release may have gone on, or be on its way out, beside us."""
    last, left = applied[-1], missing(applied)
    if left:
        found = f"{last.name}, and {counted(len(left), 'last step')} from {left[0].name} on"
        do = "once no program of the release before is at work: ebs migrate --post"
        return Check("schema", "warn", found, do)
    if last.version > level():
        found = f"{last.name}, of a later release than this one"
        return Check("schema", "warn", found, "replace this program by the later release's")
    return Check("schema", "ok", last.name)


def _roles(guard: Guard, *, embedded: bool) -> Check:
    found = f"{guard.login} works as {guard.role}"
    if guard.role != ROLE:
        return Check("roles", "fail", found, f"let {guard.login} take the role {ROLE}: ebs migrate")
    if guard.owns and not embedded:
        found += ", and owns the events: whoever has its password can change them"
        return Check("roles", "warn", found, f"give the service a login of its own, in {ROLE}")
    return Check("roles", "ok", found)


def _guard(guard: Guard) -> Check:
    if guard.rights:
        found = f"{guard.role} may {' and '.join(guard.rights)} what is on record"
        do = f"revoke {', '.join(guard.rights)} on events from {guard.role}"
        return Check("append-only", "fail", found, f"as the owner: {do}; then ebs verify")
    if not guard.stands:
        found = "the trigger that refuses changes is gone, off or another"
        do = "as the owner: alter table events enable always trigger events_append_only"
        return Check("append-only", "fail", found, f"{do}; then ebs verify")
    return Check("append-only", "ok", "what is on record cannot be changed")


def _projections(app: App) -> Check:
    with app.journal.look() as view:
        position, head = runner.position(view.cursor), view.log.head()
    if position == head:
        return Check("projections", "ok", f"at the head, {position}")
    return Check("projections", "fail", f"at {position} of {head}", "ebs projections rebuild")
