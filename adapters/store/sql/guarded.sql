-- SPDX-License-Identifier: GPL-3.0-or-later
-- Who works, with which rights over what is on record, and whether the trigger still stands guard.
select
    current_setting('server_version'),
    session_user::text,
    current_user::text,
    (select rolsuper from pg_roles where rolname = session_user)
        or pg_has_role(session_user, relowner, 'member'),
    array(
        select privilege
        from unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as privilege
        where has_table_privilege(current_user, oid, privilege)
    ),
    exists (
        select
        from pg_trigger
        join pg_proc on pg_proc.oid = tgfoid
        where tgrelid = pg_class.oid
            and tgname = 'events_append_only'
            and tgenabled = 'A'
            and position('raise exception' in prosrc) > 0
    ),
    now()
from pg_class
where oid = 'events'::regclass
