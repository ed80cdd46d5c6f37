-- SPDX-License-Identifier: GPL-3.0-or-later
INSERT INTO events (position, stream, version, topic, state, digest)
VALUES (%s, %s, %s, %s, %s, %s)
