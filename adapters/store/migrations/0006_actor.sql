-- SPDX-License-Identifier: GPL-3.0-or-later
-- What did this person do? Few names in many rows: without the position beside it the index is
-- small, and costs an append next to nothing.

create index events_actor on events ((state -> 'meta' ->> 'actor'))
    where (state -> 'meta' ->> 'actor') is not null;
