-- SPDX-License-Identifier: GPL-3.0-or-later
-- Counts the rebuilds, where nobody looks for a projection: what was read before one is not kept.
INSERT INTO tracking (name, version, position) VALUES ('rebuilt', 1, 0)
ON CONFLICT (name) DO UPDATE SET version = tracking.version + 1
