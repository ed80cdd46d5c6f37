-- SPDX-License-Identifier: GPL-3.0-or-later
select position, stream, version, topic, state::text, recorded_at
from events
where topic = %(topic)s and position <= %(upto)s
order by position desc
limit 1
