-- SPDX-License-Identifier: GPL-3.0-or-later
-- All that a schema consists of, as text: columns, constraints, indexes, triggers, code and rights.
select 'column', table_name || '.' || column_name, concat_ws(' ', data_type, is_nullable,
    column_default, is_identity, identity_generation)
from information_schema.columns where table_schema = 'public'
union all
select 'storage', attrelid::regclass || '.' || attname, attstorage::text
from pg_attribute join pg_class on pg_class.oid = attrelid
where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0
union all
select 'constraint', conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
union all
select 'index', indexname, indexdef
from pg_indexes where schemaname = 'public'
union all
select 'trigger', tgname, pg_get_triggerdef(oid) || ' ' || tgenabled::text
from pg_trigger where not tgisinternal
union all
select 'view', viewname, definition
from pg_views where schemaname = 'public'
union all
select 'function', proname, pg_get_functiondef(oid)
from pg_proc where pronamespace = 'public'::regnamespace
union all
select 'rights', relname, coalesce(relacl::text, '')
from pg_class where relnamespace = 'public'::regnamespace
union all
select 'column rights', attrelid::regclass || '.' || attname, attacl::text
from pg_attribute where attacl is not null and attrelid::regclass::text in ('inbox', 'events')
union all
select 'schema rights', nspname, nspacl::text
from pg_namespace where nspname = 'public'
order by 1, 2, 3
