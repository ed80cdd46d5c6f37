-- SPDX-License-Identifier: GPL-3.0-or-later
copy inbox (message_id, topic, body, origin, done_at, outcome) from stdin (format binary)
