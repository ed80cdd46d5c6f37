-- SPDX-License-Identifier: GPL-3.0-or-later
-- What a role may do to whole tables, and to single columns.
select table_name as name, privilege_type as may
from information_schema.table_privileges
where grantee = %(role)s
union
select table_name || '.' || column_name, privilege_type
from information_schema.column_privileges
where grantee = %(role)s and privilege_type = 'UPDATE' and table_name in ('events', 'inbox', 'tokens')
