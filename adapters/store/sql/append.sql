-- SPDX-License-Identifier: GPL-3.0-or-later
-- One statement, so that all its events have one recorded_at.
copy events (position, stream, version, topic, state, digest) from stdin (format binary)
