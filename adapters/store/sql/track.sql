-- SPDX-License-Identifier: GPL-3.0-or-later
-- Forward only: no row comes back where the position is not beyond the one on record.
insert into tracking (name, version, position)
values (%(name)s, 0, %(position)s)
on conflict (name) do update set position = excluded.position
    where tracking.position < excluded.position
returning position
