-- SPDX-License-Identifier: GPL-3.0-or-later
-- Numbered in the order of arrival, inserted in the order of their ids: two consumers that take the
-- same messages in different orders would otherwise wait for each other.
insert into inbox (message_id, seq, topic, body, origin)
overriding system value
select message_id, seq, topic, body, origin
from (
    select nextval('inbox_seq_seq') as seq, new.*
    from unnest(
        %(message_ids)b::text[], %(topics)b::text[], %(bodies)b::bytea[], %(origins)b::text[]
    ) as new (message_id, topic, body, origin)
) as arrived
order by message_id, seq
on conflict (message_id) do nothing
returning message_id
