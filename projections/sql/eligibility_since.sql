-- SPDX-License-Identifier: GPL-3.0-or-later
-- The whole table is looked through for it, which takes a tenth of reading it: an index by position
-- would be written with each event.
SELECT state FROM eligibility WHERE position > %(position)s
