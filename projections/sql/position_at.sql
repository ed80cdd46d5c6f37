-- SPDX-License-Identifier: GPL-3.0-or-later
-- Positions have no gaps, and times rise with them, for both are given under the append lock: so it
-- is found by halving, with some twenty looks into the index of positions however long the log. (The
-- BRIN index of times would have to be read whole, and it grows with the log.) Where the clock of the
-- database was set back, what comes out is one of the positions after which a later time follows.
WITH RECURSIVE halves (low, high) AS (
    SELECT 0::bigint, coalesce(max(position), 0) FROM events
    UNION ALL
    SELECT
        CASE WHEN recorded THEN middle ELSE low END,
        CASE WHEN recorded THEN high ELSE middle - 1 END
    FROM halves
    CROSS JOIN LATERAL (SELECT (low + high + 1) / 2) AS half (middle)
    CROSS JOIN LATERAL (
        SELECT recorded_at <= %(at)s FROM events WHERE position = middle
    ) AS looked (recorded)
    WHERE low < high
)
SELECT low FROM halves WHERE low = high
