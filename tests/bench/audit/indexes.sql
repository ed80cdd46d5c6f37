-- SPDX-License-Identifier: GPL-3.0-or-later
-- How the indexes of the log are dropped, and made again.
select
    format('alter table events drop constraint %I', conname),
    format('alter table events add constraint %I %s', conname, pg_get_constraintdef(oid))
from pg_constraint
where conrelid = 'events'::regclass and contype in ('p', 'u')
union all
select format('drop index %I', indexname), indexdef
from pg_indexes
where tablename = 'events'
    and indexname not in (select conname from pg_constraint where conrelid = 'events'::regclass)
