-- SPDX-License-Identifier: GPL-3.0-or-later
-- What came in, whole and raw: a body may hold what jsonb and text refuse (NUL, lone surrogates).

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

grant select, insert, update (done_at, outcome) on inbox to ebs_service;
grant usage on sequence inbox_seq_seq to ebs_service;
