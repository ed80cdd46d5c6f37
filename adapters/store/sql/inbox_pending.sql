-- SPDX-License-Identifier: GPL-3.0-or-later
select message_id, topic, body, origin
from inbox
where done_at is null
order by seq
limit %(limit)s
