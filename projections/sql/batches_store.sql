-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO batches (number, position, open, state) VALUES (%s, %s, %s, %b)
ON CONFLICT (number) DO UPDATE
SET position = excluded.position, open = excluded.open, state = excluded.state
