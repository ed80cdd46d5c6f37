-- SPDX-License-Identifier: GPL-3.0-or-later
-- Whether somebody has this lock: one number shows in two halves, objsubid being 1.
select exists (
    select
    from pg_locks
    where locktype = 'advisory'
        and granted
        and (classid, objid, objsubid) = (0, %(lock)s, 1)
        and database = (select oid from pg_database where datname = current_database())
)
