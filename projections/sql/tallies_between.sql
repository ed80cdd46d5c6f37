-- SPDX-License-Identifier: GPL-3.0-or-later
-- What is counted of events: of verdicts the reason, of builds in Koji how they ended.
SELECT topic, coalesce(state #>> '{data,reason}', state #>> '{data,outcome}', ''), count(*)
FROM events
WHERE position > %(after)s AND position <= %(upto)s AND topic = ANY(%(topics)s)
GROUP BY 1, 2
