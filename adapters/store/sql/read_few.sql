-- SPDX-License-Identifier: GPL-3.0-or-later
-- The first few events of some topics (backwards, the last few): for each topic a walk along the
-- index of topics, which alone tells the positions, and then the first of these of all. Were the
-- topics asked for by equality, PostgreSQL might walk over all positions until it met with so many.
select position, stream, version, topic, state::text, recorded_at
from events
where position in (
    select found.position
    from (select distinct unnest(%(topics)s::text[])) as wanted (topic)
    cross join lateral (
        select position
        from events
        where (events.topic, position) > (wanted.topic, %(after)s)
            and (events.topic, position) <= (wanted.topic, %(upto)s)
            and (%(streams)s::text[] = '{}' or stream = any (%(streams)s::text[]))
            and (%(actor)s::text is null or state -> 'meta' ->> 'actor' = %(actor)s)
        order by events.topic /* desc */, position /* desc */
        limit %(limit)s
    ) as found
    order by found.position /* desc */
    limit %(limit)s
)
order by position /* desc */
