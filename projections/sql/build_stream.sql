-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT stream
FROM events
WHERE (state -> 'data' ->> 'build_id')::bigint = %s
ORDER BY position
LIMIT 1
