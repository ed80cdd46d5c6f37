-- SPDX-License-Identifier: GPL-3.0-or-later
-- The two tables of ELNBuildSync 2.x that are taken over, with the columns, types and constraints
-- that its own release makes them with.

CREATE TABLE build_trigger (
    id serial PRIMARY KEY,
    component varchar NOT NULL,
    build_id integer NOT NULL,
    created_at timestamptz NOT NULL,
    completed_at timestamptz
);

CREATE TABLE failed_builds (
    id serial PRIMARY KEY,
    created_at timestamptz NOT NULL,
    url varchar NOT NULL UNIQUE
);
