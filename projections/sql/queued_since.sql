-- SPDX-License-Identifier: GPL-3.0-or-later
-- An event is recorded after it occurred, so the first condition only narrows what is read.
SELECT count(*), count(*) FILTER (WHERE (state #>> '{data,basis,by_change}')::boolean)
FROM events
WHERE topic = 'queued'
  AND recorded_at > %(since)s
  AND position <= %(upto)s
  AND (state #>> '{meta,occurred_at}')::timestamptz > %(since)s
  AND state #>> '{data,basis,approval}' IS NULL
  AND state #>> '{data,basis,mode}' = %(mode)s
