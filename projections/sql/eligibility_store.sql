-- SPDX-License-Identifier: GPL-3.0-or-later
COPY eligibility (package, position, queued, state) FROM STDIN (FORMAT BINARY)
