-- SPDX-License-Identifier: GPL-3.0-or-later
-- A role belongs to the whole cluster: another database's migration may make it at this moment.
do $$
declare
    name text;
begin
    foreach name in array array['ebs_service', 'ebs_reader'] loop
        begin
            if to_regrole(name) is null then
                execute format('create role %I nologin', name);
            end if;
        exception
            when duplicate_object or unique_violation then null;
        end;
    end loop;
end
$$
