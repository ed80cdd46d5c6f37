-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT state #>> '{data,outcome}', count(*)
FROM events
WHERE position > %s AND position <= %s AND topic = 'ended'
GROUP BY 1
