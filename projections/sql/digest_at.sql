-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT digest FROM events WHERE position = %s
