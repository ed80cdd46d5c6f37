-- SPDX-License-Identifier: GPL-3.0-or-later
select position, stream, version, topic, state::text, recorded_at
from events
where stream = %(stream)s and version > %(gt)s and version <= %(lte)s and position <= %(upto)s
order by version /* desc */
limit %(limit)s
