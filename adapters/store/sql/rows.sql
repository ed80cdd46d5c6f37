-- SPDX-License-Identifier: GPL-3.0-or-later
-- A time that Python has no date for was written by a forger: it becomes one that no event has, so
-- that the row can be read, and is found changed.
select
    position,
    stream,
    version,
    topic,
    state::text,
    least(greatest(recorded_at, '0001-01-02Z'), '9999-12-30Z') as recorded_at,
    digest
from events
where position > %(after)s and position <= %(upto)s
order by position
