-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO control (stream, position, state) VALUES (%s, %s, %s)
ON CONFLICT (stream) DO UPDATE SET position = excluded.position, state = excluded.state
