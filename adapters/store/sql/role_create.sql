-- SPDX-License-Identifier: GPL-3.0-or-later
-- A role belongs to the whole cluster: another database's migration may make it at this moment.
do $$
begin
    if to_regrole('ebs_service') is null then
        create role ebs_service nologin;
    end if;
exception
    when duplicate_object or unique_violation then null;
end
$$
