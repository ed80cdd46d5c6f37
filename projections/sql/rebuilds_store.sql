-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO rebuilds (package, position, state) VALUES (%s, %s, %b)
ON CONFLICT (package) DO UPDATE SET position = excluded.position, state = excluded.state
