-- SPDX-License-Identifier: GPL-3.0-or-later
-- In a container the next consumer goes by the name of the last: what that one heard still counts.
insert into consumers (name, started_at, seen_at, read_at, heard, heard_at, certificate_ends)
values (
    %(name)s, %(started_at)s, now(), case when %(connected)s then now() end,
    %(heard)s, %(heard_at)s, %(certificate_ends)s
)
on conflict (name) do update
set started_at = excluded.started_at,
    seen_at = excluded.seen_at,
    read_at = coalesce(excluded.read_at, consumers.read_at),
    heard = excluded.heard,
    heard_at = coalesce(excluded.heard_at, consumers.heard_at),
    certificate_ends = excluded.certificate_ends
returning name
