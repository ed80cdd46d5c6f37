-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT CASE WHEN position IS DISTINCT FROM %s THEN state END
FROM batches WHERE open ORDER BY number LIMIT 1
