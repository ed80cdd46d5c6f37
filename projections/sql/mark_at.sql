-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT events.digest, tracking.version
FROM events
LEFT JOIN tracking ON tracking.name = 'rebuilt'
WHERE events.position = %s
