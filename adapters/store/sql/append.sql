-- SPDX-License-Identifier: GPL-3.0-or-later
-- One statement, so that all its events have one recorded_at.
with appended as (
    insert into events (position, stream, version, topic, state, digest)
    select %(head)s + n, stream, version, topic, state::jsonb, digest
    from unnest(
        %(streams)b::text[], %(versions)b::bigint[], %(topics)b::text[],
        %(states)b::text[], %(digests)b::bytea[]
    ) with ordinality as new (stream, version, topic, state, digest, n)
    returning recorded_at
)
select max(recorded_at) from appended
