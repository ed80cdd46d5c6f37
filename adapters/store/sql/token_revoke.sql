-- SPDX-License-Identifier: GPL-3.0-or-later
update tokens set revoked_at = now(), revoked_by = %(revoked_by)s
where name = %(name)s and revoked_at is null
returning name
