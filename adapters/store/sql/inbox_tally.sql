-- SPDX-License-Identifier: GPL-3.0-or-later
-- What became of the messages behind one, up to the first that waits; a row also where none did.
with bound as (
    select coalesce(
        (select min(seq) from inbox where done_at is null),
        (select max(seq) + 1 from inbox),
        1
    ) as upto
)

select bound.upto - 1, inbox.outcome, count(inbox.outcome)
from bound
left join inbox on inbox.seq > %(after)s and inbox.seq < bound.upto
group by bound.upto, inbox.outcome
