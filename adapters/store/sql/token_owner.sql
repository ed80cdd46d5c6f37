-- SPDX-License-Identifier: GPL-3.0-or-later
select name from tokens
where digest = %(digest)s and revoked_at is null and expires_at > now()
