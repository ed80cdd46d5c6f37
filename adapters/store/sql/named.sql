-- SPDX-License-Identifier: GPL-3.0-or-later
select position, stream, version, topic, state::text, recorded_at
from events
join unnest(%(streams)s::text[], %(versions)s::bigint[]) as wanted (stream, version)
    using (stream, version)
order by position
