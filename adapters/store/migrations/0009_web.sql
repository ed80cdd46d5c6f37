-- SPDX-License-Identifier: GPL-3.0-or-later
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

-- Messages are counted by outcome from where they were counted up to.
create index inbox_seq on inbox (seq);
