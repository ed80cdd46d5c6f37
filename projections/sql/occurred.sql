-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT position, (state #>> '{meta,occurred_at}')::timestamptz
FROM events
WHERE position = ANY(%s)
