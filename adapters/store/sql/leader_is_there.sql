-- SPDX-License-Identifier: GPL-3.0-or-later
-- A lock by one number shows it in two halves, objsubid being 1.
select exists (
    select
    from pg_locks
    where locktype = 'advisory'
        and granted
        and (classid, objid, objsubid) = (0, 6513269, 1)
        and database = (select oid from pg_database where datname = current_database())
)
