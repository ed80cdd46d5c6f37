-- SPDX-License-Identifier: GPL-3.0-or-later
-- Compares before it sets: no news can be folded twice, nor into the rows of another release.
UPDATE tracking SET position = %(to)s
FROM unnest(%(names)s::text[], %(formats)s::int[]) AS ours (name, format)
WHERE tracking.name = ours.name
    AND tracking.version = ours.format
    AND tracking.position = %(before)s
