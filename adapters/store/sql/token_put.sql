-- SPDX-License-Identifier: GPL-3.0-or-later
insert into tokens (digest, name, made_by, expires_at)
values (%(digest)s, %(name)s, %(made_by)s, %(expires_at)s)
