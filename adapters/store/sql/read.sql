-- SPDX-License-Identifier: GPL-3.0-or-later
select position, stream, version, topic, state::text, recorded_at
from events
where position > %(after)s
    and position <= %(upto)s
    and (%(topics)s::text[] = '{}' or topic = any (%(topics)s::text[]))
    and (%(streams)s::text[] = '{}' or stream = any (%(streams)s::text[]))
    and (%(actor)s::text is null or state -> 'meta' ->> 'actor' = %(actor)s)
order by position /* desc */
limit %(limit)s
