-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT topic, count(*)
FROM events
WHERE position > %s AND position <= %s
GROUP BY topic
ORDER BY topic
