-- SPDX-License-Identifier: GPL-3.0-or-later
-- The last few events of each topic: for each a short walk back along the index of topics. Were the
-- topic asked for by equality, PostgreSQL might walk back over all positions until it met with it.
select found.position, stream, version, found.topic, state::text, recorded_at
from unnest(%(topics)s::text[]) as wanted (topic)
cross join lateral (
    select *
    from events
    where (events.topic, events.position) <= (wanted.topic, %(upto)s)
    order by events.topic desc, events.position desc
    limit %(limit)s
) as found
where found.topic = wanted.topic
order by found.position
