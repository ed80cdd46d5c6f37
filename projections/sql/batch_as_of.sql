-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT stream
FROM events
WHERE topic = 'planned' AND position <= %s
ORDER BY position DESC
LIMIT 1
