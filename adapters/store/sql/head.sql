-- SPDX-License-Identifier: GPL-3.0-or-later
-- The time is that of this statement, which runs under the append lock; where the clock was set back
-- it stands still, so that times rise with positions.
select
    coalesce(last.position, 0),
    coalesce(last.digest, %(genesis)b),
    greatest(last.recorded_at, statement_timestamp())
from (values (1)) as once
left join (
    select position, digest, recorded_at from events order by position desc limit 1
) as last on true
