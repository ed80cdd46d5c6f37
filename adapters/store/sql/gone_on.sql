-- SPDX-License-Identifier: GPL-3.0-or-later
select exists (
    select from events where position > %(at)s and stream = any (%(streams)b::text[])
)
