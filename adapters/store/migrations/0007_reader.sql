-- SPDX-License-Identifier: GPL-3.0-or-later
-- Views over the log for people and dashboards, read by a role that may do nothing else. They say in
-- columns what the events say in JSON; deploy/docs/log.md explains them. A default that an event
-- leaves out of its JSON is filled in here.

create view log_events as
select
    position,
    recorded_at,
    (state #>> '{meta,occurred_at}')::timestamptz as occurred_at,
    stream,
    version,
    topic,
    case when starts_with(stream, 'package:') then substr(stream, 9) end as package,
    case when starts_with(stream, 'batch:') then substr(stream, 7)::bigint end as batch,
    (state -> 'data' ->> 'build_id')::bigint as build_id,
    state #>> '{data,nvr}' as nvr,
    state #>> '{data,tag}' as tag,
    state #>> '{meta,via}' as via,
    coalesce(state #>> '{meta,actor}', '') as actor,
    state #>> '{meta,correlation}' as correlation,
    coalesce(state #>> '{meta,causation}', '') as causation,
    (state #>> '{meta,koji_event}')::bigint as koji_event,
    state -> 'data' as data
from events;

create view log_verdicts as
select
    position,
    recorded_at,
    occurred_at,
    package,
    build_id,
    nvr,
    tag,
    topic as verdict,
    (data #>> '{basis,row}')::int as table_row,
    data ->> 'reason' as reason,
    coalesce(data ->> 'detail', '') as detail,
    data ->> 'source' as source,
    data #>> '{basis,mode}' as mode,
    (data #>> '{basis,generation}')::int as generation,
    coalesce((data #>> '{basis,round}')::int, 0) as round,
    (data #>> '{basis,computed_at}')::bigint as computed_at,
    data #>> '{basis,policy_revision}' as policy_revision,
    data #>> '{basis,plan}' as plan,
    data #>> '{basis,approval}' as approval,
    data #>> '{basis,request}' as request,
    coalesce((data #>> '{basis,forced}')::boolean, false) as forced,
    coalesce((data #>> '{basis,by_change}')::boolean, false) as by_change
from log_events
where topic in ('queued', 'skipped', 'skipped-as-retag');

create view log_outcomes as
select
    position,
    recorded_at,
    occurred_at,
    package,
    build_id,
    data ->> 'mode' as mode,
    (data ->> 'generation')::int as generation,
    coalesce(data ->> 'outcome', topic) as outcome,
    (data ->> 'batch')::bigint as batch,
    data ->> 'downstream_nvr' as downstream_nvr,
    coalesce(data ->> 'detail', '') as detail
from log_events
where topic in ('built', 'ended');

create view log_tasks as
select
    submitted.stream,
    submitted.batch,
    submitted.build_id,
    (submitted.data ->> 'task_id')::bigint as task_id,
    submitted.occurred_at as submitted_at,
    finished.occurred_at as finished_at,
    finished.data ->> 'outcome' as outcome
from log_events as submitted
left join log_events as finished
    on finished.stream = submitted.stream
    and finished.topic = 'build-finished'
    and finished.data -> 'task_id' = submitted.data -> 'task_id'
where submitted.topic = 'build-submitted';

create view log_pauses as
select
    paused.position,
    paused.occurred_at as paused_at,
    ended.occurred_at as ended_at,
    paused.actor,
    paused.data ->> 'reason' as reason
from log_events as paused
left join lateral (
    select occurred_at
    from log_events
    where stream = 'service'
        and topic in ('resumed', 'pause-expired')
        and position > paused.position
    order by position
    limit 1
) as ended on true
where paused.topic = 'paused';

grant usage on schema public to ebs_reader;
grant select on log_events, log_verdicts, log_outcomes, log_tasks, log_pauses to ebs_reader;
