-- SPDX-License-Identifier: GPL-3.0-or-later
-- What the log takes on the disk: the table, and each index.
select 'events', pg_table_size('events')
union all
select indexrelid::regclass::text, pg_relation_size(indexrelid)
from pg_index where indrelid = 'events'::regclass
