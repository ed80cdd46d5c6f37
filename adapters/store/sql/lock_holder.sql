-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who has one of the advisory locks of this database.
select pid, usename::text, coalesce(client_addr::text, 'this machine'), backend_start::timestamp(0)::text
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and objid = %(lock)s
    and pg_locks.database = (select oid from pg_database where datname = current_database())
