-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whether a migration only added to the schema (pre), so that programs of the release before can go
-- on, or took away what they need (post).
alter table schema_version
add column phase text not null default 'pre' check (phase in ('pre', 'post'));
