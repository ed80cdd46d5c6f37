-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO eligibility (package, position, queued, state)
SELECT * FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::bytea[])
ON CONFLICT (package) DO UPDATE
SET position = excluded.position, queued = excluded.queued, state = excluded.state
