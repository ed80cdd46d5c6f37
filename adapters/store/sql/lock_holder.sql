-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who has one of the advisory locks of this database.
-- Of another user's only a superuser, or who reads all statistics, sees whence and since when.
select pid, usename::text, coalesce(
    ' from ' || coalesce(client_addr::text, 'this machine')
    || ', connected since ' || backend_start::timestamp(0), '')
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and objid = %(lock)s
    and pg_locks.database = (select oid from pg_database where datname = current_database())
