-- SPDX-License-Identifier: GPL-3.0-or-later
-- Of a revision that was adopted more than once, the last row read is the latest.
SELECT state #>> '{data,revision}', state #>> '{data,origin}', state #>> '{data,commit}'
FROM events
WHERE topic = 'policy-adopted' AND state #>> '{data,revision}' = ANY(%s)
ORDER BY position
