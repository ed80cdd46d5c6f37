-- SPDX-License-Identifier: GPL-3.0-or-later
-- A batch of 2,000 builds is half a megabyte that is written at every act: not worth compressing.

alter table batches alter column state set storage external;
