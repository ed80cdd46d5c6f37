-- SPDX-License-Identifier: GPL-3.0-or-later
-- A plan may be held, lapse, and be held again: what counts is the last time of each.
SELECT min(held.since)
FROM (
    SELECT max((state #>> '{meta,occurred_at}')::timestamptz) AS since
    FROM events
    WHERE topic = 'plan-held'
      AND position <= %(upto)s
      AND state #>> '{data,plan}' = ANY(%(plans)s)
    GROUP BY state #>> '{data,plan}'
) AS held
