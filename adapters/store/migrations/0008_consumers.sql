-- SPDX-License-Identifier: GPL-3.0-or-later
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
