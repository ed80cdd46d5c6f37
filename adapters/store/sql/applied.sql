-- SPDX-License-Identifier: GPL-3.0-or-later
-- The phase has a column since 0010; what was applied before only added to the schema.
select version, name, digest, coalesce(to_jsonb(applied) ->> 'phase', 'pre')
from schema_version as applied
order by version
