-- SPDX-License-Identifier: GPL-3.0-or-later
copy events (position, stream, version, topic, state, recorded_at, digest)
from stdin (format binary)
