-- SPDX-License-Identifier: GPL-3.0-or-later
-- Questions to a log that 'ebs export --parquet log' wrote, for DuckDB, from the folder above log:
--
--     duckdb -c ".read queries.sql"
--
-- The first statements make the views that PostgreSQL has too (log_events and those on it), so that
-- what follows can be asked there in the same words, but for DuckDB's own functions.

create or replace view log_events as
select * exclude (month), month
from read_parquet('log/*/*.parquet', hive_partitioning = true, hive_types = {'month': varchar});

create or replace view log_verdicts as
select
    position,
    recorded_at,
    occurred_at,
    package,
    build_id,
    nvr,
    tag,
    topic as verdict,
    (data ->> '$.basis.row')::int as table_row,
    data ->> '$.reason' as reason,
    coalesce(data ->> '$.detail', '') as detail,
    data ->> '$.basis.mode' as mode,
    (data ->> '$.basis.generation')::int as generation,
    (data ->> '$.basis.computed_at')::bigint as computed_at,
    data ->> '$.basis.plan' as plan,
    data ->> '$.basis.approval' as approval,
    coalesce((data ->> '$.basis.by_change')::boolean, false) as by_change
from log_events
where topic in ('queued', 'skipped', 'skipped-as-retag');

create or replace view log_outcomes as
select
    position,
    occurred_at,
    package,
    build_id,
    coalesce(data ->> '$.outcome', topic) as outcome,
    (data ->> '$.batch')::bigint as batch,
    data ->> '$.downstream_nvr' as downstream_nvr
from log_events
where topic in ('built', 'ended');

create or replace view log_tasks as
select
    submitted.batch,
    submitted.build_id,
    (submitted.data ->> '$.task_id')::bigint as task_id,
    submitted.occurred_at as submitted_at,
    finished.occurred_at as finished_at,
    finished.data ->> '$.outcome' as outcome
from log_events as submitted
left join log_events as finished
    on finished.stream = submitted.stream
    and finished.topic = 'build-finished'
    and finished.data ->> '$.task_id' = submitted.data ->> '$.task_id'
where submitted.topic = 'build-submitted';

-- How much of what is on record, by month and kind.
select month, topic, count(*) as events
from log_events
group by all
order by month, events desc;

-- What was decided, and why: the verdict table in figures.
select table_row, verdict, reason, count(*) as builds, count(distinct package) as packages
from log_verdicts
group by all
order by table_row;

-- How many builds the rules against re-tags kept from being built, by the day.
select date_trunc('day', occurred_at) as day, count(*) as skipped_as_retag
from log_verdicts
where verdict = 'skipped-as-retag'
group by day
order by day;

-- How long it took from Koji's tagging to our verdict on it, in minutes: half of them, and 95 %.
select
    count(*) as verdicts,
    median(epoch(verdicts.occurred_at - tagged.occurred_at) / 60) as half,
    quantile_cont(epoch(verdicts.occurred_at - tagged.occurred_at) / 60, 0.95) as nearly_all
from log_verdicts as verdicts
join log_events as tagged
    on tagged.topic = 'tagged'
    and tagged.package = verdicts.package
    and tagged.build_id = verdicts.build_id
    and tagged.tag = verdicts.tag
where verdicts.verdict = 'queued';

-- How long it took until we knew, in minutes: the bus was late, or silent, where this is long.
select
    via,
    count(*) as taggings,
    median(epoch(recorded_at - occurred_at) / 60) as half,
    max(epoch(recorded_at - occurred_at) / 60) as longest
from log_events
where topic = 'tagged'
group by via
order by via;

-- The packages that cost most, in hours of tasks.
select
    verdicts.package,
    count(*) as tasks,
    round(sum(epoch(tasks.finished_at - tasks.submitted_at)) / 3600, 1) as hours,
    count(*) filter (where tasks.outcome <> 'built') as failed
from log_tasks as tasks
join (
    select distinct package, build_id from log_verdicts where verdict = 'queued'
) as verdicts using (build_id)
group by verdicts.package
order by hours desc, verdicts.package
limit 20;

-- What failed more than once and was never built: candidates for an exclude, or for a person.
select package, count(*) as failed, max(occurred_at) as last
from log_outcomes
where outcome in ('failed', 'timed-out')
    and package not in (select package from log_outcomes where outcome = 'built')
group by package
having count(*) > 1
order by failed desc, package;

-- Who did what by hand.
select actor, topic, count(*) as times, max(occurred_at) as last
from log_events
where via = 'person'
group by all
order by times desc, actor, topic
limit 20;

-- Each batch: what it built, and how long it took.
select
    batch,
    count(*) filter (where topic = 'build-finished') as builds,
    count(*) filter (where topic = 'build-finished' and data ->> '$.outcome' = 'built') as built,
    min(occurred_at) as began,
    max(occurred_at) - min(occurred_at) as took
from log_events
where batch is not null
group by batch
order by batch;
