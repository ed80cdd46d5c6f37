-- SPDX-License-Identifier: GPL-3.0-or-later
select name, started_at, seen_at, read_at, heard, heard_at, certificate_ends
from consumers
order by seen_at desc
