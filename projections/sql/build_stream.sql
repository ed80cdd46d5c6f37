-- SPDX-License-Identifier: GPL-3.0-or-later
-- A build is of one package. With an order to keep, or a minimum to find, PostgreSQL walks the log
-- in that order instead of using the index of the builds.
SELECT stream
FROM events
WHERE (state -> 'data' ->> 'build_id')::bigint = %s
    AND starts_with(stream, 'package:')
LIMIT 1
