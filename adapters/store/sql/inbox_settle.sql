-- SPDX-License-Identifier: GPL-3.0-or-later
update inbox
set done_at = now(), outcome = settled.outcome
from unnest(%(message_ids)s::text[], %(outcomes)s::text[]) as settled (message_id, outcome)
where inbox.message_id = settled.message_id and inbox.done_at is null
