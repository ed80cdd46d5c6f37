-- SPDX-License-Identifier: GPL-3.0-or-later
-- Without an order to keep, the index of the builds is used: a build is of one package.
SELECT min(stream)
FROM events
WHERE (state -> 'data' ->> 'build_id')::bigint = %s
