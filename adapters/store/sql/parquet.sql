-- SPDX-License-Identifier: GPL-3.0-or-later
-- DuckDB's: lines of an archive to Parquet, with the columns of the view log_events and the digest.
copy (
    select
        position,
        recorded_at,
        (state ->> '$.meta.occurred_at')::timestamptz as occurred_at,
        stream,
        version,
        topic,
        case when starts_with(stream, 'package:') then substr(stream, 9) end as package,
        case when starts_with(stream, 'batch:') then substr(stream, 7)::bigint end as batch,
        (state ->> '$.data.build_id')::bigint as build_id,
        state ->> '$.data.nvr' as nvr,
        state ->> '$.data.tag' as tag,
        state ->> '$.meta.via' as via,
        coalesce(state ->> '$.meta.actor', '') as actor,
        state ->> '$.meta.correlation' as correlation,
        coalesce(state ->> '$.meta.causation', '') as causation,
        (state ->> '$.meta.koji_event')::bigint as koji_event,
        state -> '$.data' as data,
        digest,
        strftime(recorded_at, '%Y-%m') as month
    from read_json(
        getvariable('lines'),
        format = 'newline_delimited',
        maximum_object_size = 67108864,
        columns = {
            position: 'bigint',
            stream: 'varchar',
            version: 'bigint',
            topic: 'varchar',
            recorded_at: 'timestamptz',
            state: 'json',
            digest: 'varchar'
        }
    )
    order by position
) to (getvariable('folder'))
(format parquet, compression zstd, partition_by (month), append, filename_pattern 'events-{uuid}')
