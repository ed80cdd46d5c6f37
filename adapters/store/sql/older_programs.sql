-- SPDX-License-Identifier: GPL-3.0-or-later
-- Programs of ours that know less of the schema's history: each says in its name how much it knows,
-- those from before there were phases do not.
-- Of another user's only a superuser, or who reads all statistics, sees whence and since when.
select pid, usename::text, coalesce(
    ' from ' || coalesce(client_addr::text, 'this machine')
    || ', connected since ' || backend_start::timestamp(0), '')
from pg_stat_activity
where datname = current_database()
    and pid <> pg_backend_pid()
    and application_name ~ ('^' || %(application)s || '(/[0-9]+)?$')
    and coalesce(substring(application_name from '/([0-9]+)$')::int, 0) < %(level)s
