-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT DISTINCT stream
FROM events
WHERE position > %s AND position <= %s AND stream LIKE 'package:%%'
