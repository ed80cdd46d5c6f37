-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO tracking (name, version, position) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, position = excluded.position
