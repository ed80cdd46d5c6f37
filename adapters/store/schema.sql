-- SPDX-License-Identifier: GPL-3.0-or-later
-- The whole present schema, to be read. Databases are made by the migrations, and a test keeps both
-- equal. The role ebs_service, which the service runs as, is cluster wide and made beforehand.

create table schema_version (
    version int primary key,
    name text not null,
    digest text not null,
    applied_at timestamptz not null default now(),
    phase text not null default 'pre' check (phase in ('pre', 'post'))
);

-- The recorder numbers positions itself, under the append lock, each one more than the last. An
-- identity column would leave a gap wherever a transaction rolled back; without gaps a missing row
-- shows, and an append can tell by one number whether anything lies behind what it was decided on.
create table events (
    position bigint not null,
    stream text not null,
    version bigint not null,
    topic text not null,
    state jsonb not null,
    recorded_at timestamptz not null default statement_timestamp(),
    digest bytea not null,
    primary key (stream, version),
    constraint events_position unique (position)
);

create index events_recorded_at on events using brin (recorded_at);
create index events_topic on events (topic, position);
create index events_build on events (((state -> 'data' ->> 'build_id')::bigint))
    where (state -> 'data' ->> 'build_id') is not null;

-- Few names in many rows: without the position beside it, it is small.
create index events_actor on events ((state -> 'meta' ->> 'actor'))
    where (state -> 'meta' ->> 'actor') is not null;

-- The second fence: whatever the code believes, a build and a source are queued once in a
-- generation, mode and round. The round is left out of the state while it is 0.
create unique index events_queued_build on events (
    stream,
    (state -> 'data' -> 'basis' ->> 'mode'),
    (state -> 'data' -> 'basis' ->> 'generation'),
    (coalesce(state -> 'data' -> 'basis' ->> 'round', '0')),
    (state -> 'data' ->> 'build_id')
) where topic = 'queued';

create unique index events_queued_source on events (
    stream,
    (state -> 'data' -> 'basis' ->> 'mode'),
    (state -> 'data' -> 'basis' ->> 'generation'),
    (coalesce(state -> 'data' -> 'basis' ->> 'round', '0')),
    (state -> 'data' ->> 'source')
) where topic = 'queued' and (state -> 'data' ->> 'source') is not null;

create function events_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'events are append-only: % is refused', tg_op
        using errcode = 'insufficient_privilege';
end
$$;

create trigger events_append_only before update or delete or truncate on events
    for each statement execute function events_refuse_change();

-- ALWAYS: it fires in a session that plays a replica too.
alter table events enable always trigger events_append_only;

grant usage on schema public to ebs_service;
grant select on schema_version to ebs_service;
grant select, insert on events to ebs_service;

create table inbox (
    message_id text primary key,
    seq bigint generated always as identity,
    topic text not null,
    body bytea not null,
    origin text not null,
    received_at timestamptz not null default now(),
    done_at timestamptz,
    outcome text
);

create index inbox_undone on inbox (seq) where done_at is null;

-- Messages are counted by outcome from where they were counted up to.
create index inbox_seq on inbox (seq);

grant select, insert, update (done_at, outcome) on inbox to ebs_service;
grant usage on sequence inbox_seq_seq to ebs_service;

-- How far a projection has come, and which version of its code wrote it.
create table tracking (
    name text primary key,
    version int not null,
    position bigint not null
);

create table eligibility (
    package text primary key,
    position bigint not null,
    queued int not null,
    state bytea not null
);

create index eligibility_queued on eligibility (package) where queued > 0;

create table control (
    stream text primary key,
    position bigint not null,
    state bytea not null
);

grant select, insert, update, delete on tracking, eligibility, control to ebs_service;

-- At most one batch is open at a time.
create table batches (
    number bigint primary key,
    position bigint not null,
    open boolean not null,
    state bytea not null
);

-- Half a megabyte that is written at every act is not worth compressing.
alter table batches alter column state set storage external;

create unique index batches_open on batches (open) where open;

grant select, insert, update, delete on batches to ebs_service;

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

-- The consumers of the bus, by their own word; those that gave no sign for days are forgotten.
create table consumers (
    name text primary key,
    started_at timestamptz not null,
    seen_at timestamptz not null,
    read_at timestamptz,
    heard bigint not null,
    heard_at timestamptz,
    certificate_ends timestamptz
);

grant select, insert, update, delete on consumers to ebs_service;

-- What the newest rebuild of each package came to in Koji: a read model of the batches.
create table rebuilds (
    package text primary key,
    position bigint not null,
    state bytea not null
);

grant select, insert, update, delete on rebuilds to ebs_service;

-- Who may write by the web without a browser. Of a token only its SHA-256 digest is kept; one that
-- was revoked stays, so that its name in the log still says whose it was.
create table tokens (
    digest bytea primary key,
    name text not null,
    made_by text not null,
    made_at timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz,
    revoked_by text
);

create unique index tokens_name on tokens (name) where revoked_at is null;

grant select, insert, update (revoked_at, revoked_by) on tokens to ebs_service;
