-- SPDX-License-Identifier: GPL-3.0-or-later
select position, stream, version, topic, state::text, recorded_at, digest
from events
where position > %(after)s and position <= %(upto)s
order by position
