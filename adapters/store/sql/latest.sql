-- SPDX-License-Identifier: GPL-3.0-or-later
select coalesce(last.position, 0), coalesce(last.age, 0)
from (values (1)) as once
left join (
    select
        position,
        greatest(0, extract(epoch from statement_timestamp() - recorded_at) * 1000)::bigint as age
    from events order by position desc limit 1
) as last on true
