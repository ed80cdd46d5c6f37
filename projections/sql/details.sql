-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT position, coalesce(state #>> '{data,detail}', '')
FROM events
WHERE position = ANY(%s)
