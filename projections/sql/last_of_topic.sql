-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT (state #>> '{meta,occurred_at}')::timestamptz
FROM events
WHERE topic = %(topic)s AND position <= %(upto)s
ORDER BY position DESC
LIMIT 1
