-- SPDX-License-Identifier: GPL-3.0-or-later
-- The batches, a row each; at most one is open at a time.

create table batches (
    number bigint primary key,
    position bigint not null,
    open boolean not null,
    state bytea not null
);

create unique index batches_open on batches (open) where open;

grant select, insert, update, delete on batches to ebs_service;
