-- SPDX-License-Identifier: GPL-3.0-or-later
-- Read models: each can be dropped and built again from the log.

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
