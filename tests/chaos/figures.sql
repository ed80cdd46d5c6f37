-- SPDX-License-Identifier: GPL-3.0-or-later
-- How many taggings and verdicts of one tag there are behind a position, and of how many builds.
select
    case when topic = 'tagged' then 'taggings' else 'verdicts' end as what,
    count(*) as recorded,
    count(distinct state -> 'data' ->> 'build_id') as builds
from events
where position > %s
    and topic in ('tagged', 'queued', 'skipped', 'skipped-as-retag')
group by 1
