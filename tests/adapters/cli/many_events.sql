-- SPDX-License-Identifier: GPL-3.0-or-later
-- A log of 20,000 events, of which few are of any one stream, type or person.
insert into events (position, stream, version, topic, state, digest)
select
    n,
    'package:p' || n % 2000,
    n / 2000 + 1,
    case when n % 5000 = 0 then 'paused' else 'tagged' end,
    format('{"meta": {"actor": "%s"}}', case when n % 4000 = 1 then 'ada' else 'releng' end)::jsonb,
    'x'
from generate_series(1, 20000) as n
