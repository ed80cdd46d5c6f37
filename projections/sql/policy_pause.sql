-- SPDX-License-Identifier: GPL-3.0-or-later
-- A default is not stored.
SELECT coalesce((state #>> '{data,policy,pause}')::boolean, false)
FROM events
WHERE topic = 'policy-adopted' AND position < %s
ORDER BY position DESC
LIMIT 1
