-- SPDX-License-Identifier: GPL-3.0-or-later
select message_id
from inbox
where message_id = any (%(message_ids)b::text[])
