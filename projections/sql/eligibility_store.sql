-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO eligibility (package, position, queued, state)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::int[], %b::bytea[])
ON CONFLICT (package) DO UPDATE
SET position = excluded.position, queued = excluded.queued, state = excluded.state
