-- SPDX-License-Identifier: GPL-3.0-or-later
-- Programs of ours that know less of the schema's history: each says in its name how much it knows,
-- those from before there were phases do not.
select pid, usename::text, coalesce(client_addr::text, 'this machine'), backend_start::timestamp(0)::text
from pg_stat_activity
where datname = current_database()
    and pid <> pg_backend_pid()
    and application_name ~ ('^' || %(application)s || '(/[0-9]+)?$')
    and coalesce(substring(application_name from '/([0-9]+)$')::int, 0) < %(level)s
