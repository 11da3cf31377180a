{#-
    Incremental state. There are no look-back windows on event time and no tables beside the models: what a run has to
    read and re-derive is found in the models' own rows.
-#}

{#-
    Raw rows that this model's evidence may lack: those loaded since the newest load it knows of, less the overlap,
    for each source by itself; everything of a source that it does not know. A load time in the future counts as now.
-#}
{% macro loaded_since_last_run() -%}
    {%- set overlap = modules.datetime.timedelta(hours=call_status.setting('overlap_hours')) -%}
    {%- set newest = run_query(
        'select source_system, max(case when last_loaded_at < ' ~ call_status.timestamp_literal(run_started_at)
        ~ ' then last_loaded_at else ' ~ call_status.timestamp_literal(run_started_at) ~ ' end) from ' ~ this ~ ' group by 1'
    ).rows if execute else [] -%}
    {%- if newest | length == 0 -%}
        1 = 1
    {%- else -%}
        {%- set watermarks = [] -%}
        {%- for row in newest -%}
            {%- do watermarks.append({'source': call_status.text_literal(row[0]), 'from': call_status.timestamp_literal(row[1] - overlap)}) -%}
        {%- endfor -%}
        (
            {%- for w in watermarks %}
            (source_system = {{ w.source }} and loaded_at >= {{ w.from }}) or
            {%- endfor %}
            source_system not in ({{ watermarks | map(attribute='source') | join(', ') }})
        )
    {%- endif -%}
{%- endmacro %}


{% macro text_literal(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}


{#-
    The version that rows written by this run get: the start of the run, or, should a clock have gone back, just above
    the newest version there is. Facts compare it with their derived_at to see what changed since.
-#}
{% macro next_version() -%}
    {%- set started = call_status.timestamp_literal(run_started_at) -%}
    {%- if is_incremental() -%}
        (
        select greatest({{ started }}, coalesce(max({{ dbt.dateadd('microsecond', 1, 'merged_at') }}), {{ started }}))
        from {{ this }}
    )
    {%- else -%}
        {{ started }}
    {%- endif -%}
{%- endmacro %}


{#-
    Incremental strategy `replace_changed`: rows whose columns are all as stored are left alone; the others replace the
    stored ones, in one transaction.
-#}
{% macro get_incremental_replace_changed_sql(arg_dict) %}
    {%- set target, new = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set keys = arg_dict['unique_key'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list %}

    delete from {{ new }} as new
    using {{ target }} as stored
    where
        {%- for column in columns if column != 'merged_at' %}
        {{ 'and ' if not loop.first }}stored.{{ column }} is not distinct from new.{{ column }}
        {%- endfor %};

    delete from {{ target }} as stored
    using {{ new }} as new
    where
        {%- for key in keys %}
        {{ 'and ' if not loop.first }}stored.{{ key }} is not distinct from new.{{ key }}
        {%- endfor %};

    insert into {{ target }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }} from {{ new }}
{% endmacro %}


{#-
    The calls whose fct_calls row may differ from what it would be if it were derived now:
    those whose evidence is newer than the facts, those that the clock has closed or opened, and, after a change of the
    rules or of a variable that they read, those derived by other rules.
-#}
{% macro calls_to_derive() %}
    {%- set evidence = ref('call_status', 'int_named_evidence') %}
        select source_system, call_id from {{ evidence }}
        where merged_at > (select coalesce(max(derived_at), {{ call_status.beginning_of_time() }}) from {{ this }})
        union
        select source_system, call_id from {{ ref('call_status', 'int_call_leg_evidence') }}
        where merged_at > (select coalesce(max(derived_at), {{ call_status.beginning_of_time() }}) from {{ this }})
        union
        (
            select source_system, call_id from {{ evidence }}
            where {{ call_status.is_concluded() }} and not has_call_ended
            except
            select source_system, call_id from {{ this }} where is_end_inferred
        )
        union
        (
            select source_system, call_id from {{ this }} where is_end_inferred
            except
            select source_system, call_id from {{ evidence }}
            where {{ call_status.is_concluded() }} and not has_call_ended
        )
        union
        select source_system, call_id from {{ this }}
        where rules_fingerprint <> '{{ call_status.rules_fingerprint() }}'
{% endmacro %}


{% macro beginning_of_time() -%}
    cast('0001-01-01' as {{ dbt.type_timestamp() }})
{%- endmacro %}


{#-
    Incremental strategy `replace_calls`: every call that was derived again replaces its stored row; one that is not
    concluded (it has no status) only leaves. One transaction. Says how many statuses new rules have changed.
-#}
{% macro get_incremental_replace_calls_sql(arg_dict) %}
    {%- set target, new, key = arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}
    {%- do call_status.report_changed_rules(target, new, key) -%}

    delete from {{ target }} where {{ key }} in (select {{ key }} from {{ new }});

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ new }} where status is not null
{% endmacro %}


{% macro report_changed_rules(target, new, key) %}
    {%- set counts = run_query(
        "select count(*), count(case when new.status <> stored.status then 1 end)"
        ~ " from " ~ new ~ " as new inner join " ~ target ~ " as stored on new." ~ key ~ " = stored." ~ key
        ~ " where new.rules_fingerprint <> stored.rules_fingerprint").rows[0] -%}
    {%- if counts[0] > 0 -%}
        {%- do log("The rules or their variables changed: " ~ counts[0] ~ " calls derived again, "
            ~ counts[1] ~ " with another status.", info=true) -%}
    {%- endif -%}
{% endmacro %}


{#- The UTC day on which a raw row was loaded; null where its loaded_at is missing. -#}
{% macro load_day(loaded_at) -%}
    case when {{ call_status.is_calendar_time(loaded_at) }} then cast({{ loaded_at }} as date) end
{%- endmacro %}


{#-
    Raw rows of the load days that event_accounting may not have counted to the end: from the newest day that it knows,
    less the overlap, for each source by itself; everything of a source that it does not know; rows without a load time.
-#}
{% macro loaded_on_open_days() -%}
    {%- set today = run_started_at.replace(tzinfo=none).date() -%}
    {%- set overlap = modules.datetime.timedelta(hours=call_status.setting('overlap_hours')) -%}
    {%- set newest = run_query('select source_system, max(load_date) from ' ~ this ~ ' where load_date is not null group by 1').rows
        if execute else [] -%}
    (
            load_date is null
        {%- for row in newest %}
            {%- set day = modules.datetime.datetime.combine([row[1], today] | min, modules.datetime.time()) - overlap %}
            or (source_system = {{ call_status.text_literal(row[0]) }} and load_date >= cast('{{ day.date() }}' as date))
        {%- endfor %}
        {%- if newest | length > 0 %}
            or source_system not in (
                {%- for row in newest %}{{ call_status.text_literal(row[0]) }}{{ ', ' if not loop.last }}{% endfor -%}
            )
        {%- else %}
            or 1 = 1
        {%- endif %}
        )
{%- endmacro %}


{#- Incremental strategy `replace_load_days`: the new rows replace all stored ones of the same source and load day. -#}
{% macro get_incremental_replace_load_days_sql(arg_dict) %}
    {%- set target, new = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}

    delete from {{ target }} as stored
    using (select distinct source_system, {{ call_status.load_day('loaded_at') }} as load_date from {{ new }}) as days
    where
        stored.source_system = days.source_system
        and {{ call_status.load_day('stored.loaded_at') }} is not distinct from days.load_date;

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ new }}
{% endmacro %}


{#-
    What stored evidence means: a number that is raised with its definition, what became of customers' numbers, and,
    where they are hashed, a fingerprint of the key. Evidence of two versions cannot be merged.
-#}
{% macro evidence_version() -%}
    {%- set pii = call_status.setting('pii') -%}
    {%- set version = ['1', 'pii ' ~ pii] -%}
    {%- if pii == 'hash' and execute -%}
        {%- set fingerprint = call_status.keyed_hash("'fingerprint'", 'pii_key') -%}
        {%- do version.append('key ' ~ run_query(
            'select substr(' ~ fingerprint ~ ', 1, 8) from ' ~ call_status.pii_key_relation()).rows[0][0]) -%}
    {%- endif -%}
    {{ return(version | join(', ')) }}
{%- endmacro %}


{#- Stops an incremental run on evidence of another version, before it reads anything. Renders nothing. -#}
{% macro check_evidence_version() -%}
    {%- if execute and is_incremental() -%}
        {%- set current = call_status.evidence_version() -%}
        {%- for row in run_query('select evidence_version from ' ~ this ~ ' limit 1').rows if row[0] != current -%}
            {{ exceptions.raise_compiler_error(
                this ~ " holds evidence of version '" ~ row[0] ~ "'; this run makes '" ~ current ~ "'. Run `dbt build "
                ~ "--full-refresh` once to derive everything again from the raw events"
                ~ (", or put the old key back" if 'key' in current and 'key' in row[0] else "") ~ ".") }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
