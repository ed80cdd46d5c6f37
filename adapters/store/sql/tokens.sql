-- SPDX-License-Identifier: GPL-3.0-or-later
select name, made_by, made_at, expires_at, revoked_at, revoked_by from tokens
order by made_at, name
