-- SPDX-License-Identifier: GPL-3.0-or-later
insert into inbox (message_id, topic, body, origin, done_at, outcome)
select message_id, topic, body, origin, now(), outcome
from unnest(
    %(message_ids)b::text[], %(topics)b::text[], %(bodies)b::bytea[], %(origins)b::text[],
    %(outcomes)b::text[]
) as kept (message_id, topic, body, origin, outcome)
order by message_id
on conflict (message_id) do nothing
