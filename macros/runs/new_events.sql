{#-
    Incremental state. There are no look-back windows on event time and no tables beside the models: what a run has to
    read and re-derive is found in the models' own rows.

    Names of sources are fetched with a sign before them: dbt takes the text `null` for a null otherwise.
-#}

{#-
    Raw rows that this model's evidence may lack: those loaded since the newest load it knows of, less the overlap,
    for each source by itself; everything of a source that is new to it. A load time in the future says nothing of
    what has been read. In a backfill also all rows of its calls. In a full refresh all there are.
-#}
{% macro is_to_be_read(rows_of_new_sources) -%}
    {%- if not call_status.is_incremental_run() -%}{{ return('1 = 1') }}{%- endif -%}
    {%- set watermarks = {} -%}
    {%- if execute -%}
        {%- for row in run_query(
            "select '=' || source_system, " ~ call_status.moment_as_text('max(last_loaded_at)') ~ " from " ~ this ~ ' where last_loaded_at <= ' ~ call_status.run_start()
            ~ ' group by source_system').rows -%}
            {%- do watermarks.update({row[0][1:]: call_status.hours_before(call_status.moment_of_text(row[1]), call_status.setting('overlap_hours'))}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set is_new = call_status.loaded_since(watermarks, rows_of_new_sources) -%}
    {%- if call_status.is_backfill() -%}
        ({{ is_new }} or (source_system, call_id) in ({{ call_status.calls_to_backfill() }}))
    {%- else -%}
        {{ is_new }}
    {%- endif -%}
{%- endmacro %}


{#-
    Raw rows loaded since a time for each source, and all of the sources not named, if `rows_of_new_sources` (a select) has
    any. Written as a bare comparison of loaded_at wherever that will do: engines skip what is older by their statistics.
-#}
{% macro loaded_since(watermarks, rows_of_new_sources) -%}
    {%- if not watermarks -%}
        {{ return('1 = 1') }}
    {%- endif -%}
    {%- set oldest = watermarks.values() | min -%}
    {%- set known = [] -%}
    {%- set conditions = ['loaded_at >= ' ~ call_status.timestamp_literal(oldest)] -%}
    {%- for source, watermark in watermarks.items() -%}
        {%- do known.append(call_status.text_literal(source)) -%}
        {%- if watermark > oldest -%}
            {%- do conditions.append('not (source_system = ' ~ call_status.text_literal(source)
                ~ ' and loaded_at < ' ~ call_status.timestamp_literal(watermark) ~ ')') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set of_new_source = 'source_system not in (' ~ known | join(', ') ~ ')' -%}
    {%- if run_query('select 1 from (' ~ rows_of_new_sources ~ ') as candidates where ' ~ of_new_source ~ ' limit 1').rows | length > 0 -%}
        {{ return('(' ~ of_new_source ~ ' or (' ~ conditions | join(' and ') ~ '))') }}
    {%- endif -%}
    {{ return(conditions | join(' and ')) }}
{%- endmacro %}


{#-
    The version that rows written by this run get: the start of the run, or, should a clock have gone back, just above
    the newest version there is. Facts compare it with their derived_at to see what changed since.
-#}
{% macro next_version() -%}
    {%- set started = call_status.timestamp_literal(run_started_at) -%}
    {%- if call_status.is_incremental_run() -%}
        (
        select greatest({{ started }}, coalesce(max({{ call_status.timestamp_plus('microsecond', 1, 'merged_at') }}), {{ started }}))
        from {{ this }}
    )
    {%- else -%}
        {{ started }}
    {%- endif -%}
{%- endmacro %}


{#-
    The narrow key by which the stored rows of a call are found and replaced: rows of one call have the same one. Another
    call may share it, so whatever replaces rows by it writes all that the table held for it.
-#}
{% macro call_hash() -%}
    {{ call_status.key_hash("source_system || '/' || call_id") }}
{%- endmacro %}


{#-
    Stored evidence that the new events (staging where `is_new_row`) are merged with. Their call_hash is looked for in the
    whole table, which reads two narrow columns of it; the rows are then read from the oldest of those found on, since
    rows lie in the order of their loads. In a backfill the evidence of its calls is left out: it is made anew.
    (Without `distinct` DuckDB guesses that there are more new events than stored rows, and prepares for that.)
-#}
{% macro is_to_be_merged(is_new_row) -%}
    {%- set found = run_query(
        'select ' ~ call_status.moment_as_text('min(last_loaded_at)') ~ ' from ' ~ this ~ ' where call_hash in (select distinct '
        ~ call_status.call_hash() ~ ' from ' ~ ref('call_status', 'int_call_events')
        ~ ' where quarantine_reason is null and ' ~ is_new_row ~ ')').rows[0][0] if execute else none -%}
    {%- if found is none -%}
        1 = 0
    {%- else -%}
        call_hash in (select {{ call_status.call_hash() }} as call_hash from events)
        and last_loaded_at >= {{ call_status.timestamp_literal(call_status.moment_of_text(found)) }}
        {%- if call_status.is_backfill() %}
        and (source_system, call_id) not in ({{ call_status.calls_to_backfill() }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The call_hash of what a run changes: merged evidence that is not in the table as it stands. Reads the CTEs of an evidence model. -#}
{% macro changed_calls(columns) %}
    select call_hash from (
        select call_hash, {{ columns | join(', ') }} from merged
        {{ dbt.except() }}
        select call_hash, {{ columns | join(', ') }} from stored
    ) as changed
{% endmacro %}


{#- How far the facts have come: the newest evidence that they know, and whether there are others_to_derive. Looked up once a run. -#}
{% macro state_of_facts() %}
    {%- if not (execute and call_status.is_incremental_run()) -%}{{ return({}) }}{%- endif -%}
    {%- set derived = call_status.timestamp_literal(call_status.newest('derived_at', this)) -%}
    {%- set others = run_query('select 1 from (' ~ call_status.others_to_derive(derived) ~ ') as others limit 1').rows -%}
    {{ return({'derived': derived, 'has_others': others | length > 0}) }}
{% endmacro %}


{#-
    The named evidence of the calls whose fct_calls row may differ from what it would be if it were derived now: those whose
    evidence is newer than the facts, which lies together, and others_to_derive, of which most runs have none.
-#}
{% macro evidence_to_derive(columns, facts) %}
    {%- set evidence = ref('call_status', 'int_call_evidence') -%}
    select {{ columns }} from {{ evidence }}
    where merged_at > {{ facts.derived }}
    {%- if facts.has_others %}
    union all
    select {{ columns }} from {{ evidence }}
    where merged_at <= {{ facts.derived }} and call_hash in ({{ call_status.others_to_derive(facts.derived) }})
    {%- endif %}
{% endmacro %}


{#-
    Of calls whose evidence is as old as the facts: those with a newer leg, those that the clock has closed or opened, and,
    after a change of the rules or of a variable that they read, those derived by other rules.
-#}
{% macro others_to_derive(derived) %}
    {%- set evidence = ref('call_status', 'int_call_evidence') -%}
    {%- set legs = ref('call_status', 'int_leg_evidence_packed') -%}
        (
            select call_hash from {{ legs }} where merged_at > {{ derived }}
            {{ dbt.except() }}
            select call_hash from {{ evidence }} where merged_at > {{ derived }}
        )
        union all
        (
            select call_hash from {{ evidence }} where {{ call_status.is_timed_out() }}
            {{ dbt.except() }}
            select call_hash from {{ this }} where is_end_inferred
        )
        union all
        (
            select call_hash from {{ this }} where is_end_inferred
            {{ dbt.except() }}
            select call_hash from {{ evidence }} where {{ call_status.is_timed_out() }}
        )
        union all
        select call_hash from {{ this }} where rules_fingerprint <> '{{ call_status.rules_fingerprint() }}'
{% endmacro %}


{#-
    Legs that may belong to calls to derive: none of them began before the earliest of those calls. Of all others the
    engine need not read more than that column.
-#}
{% macro is_leg_to_derive(facts) -%}
    {%- set earliest = run_query('select ' ~ call_status.moment_as_text('min(started_at)') ~ ' from ('
        ~ call_status.evidence_to_derive('started_at', facts) ~ ') as calls').rows[0][0] if execute else none -%}
    {%- if earliest is none -%}
        1 = 0
    {%- else -%}
        first_event_at >= {{ call_status.timestamp_literal(call_status.moment_of_text(earliest)) }}
    {%- endif -%}
{%- endmacro %}


{#- The newest value of a column of times, as a datetime; the earliest there is where there is none. -#}
{% macro newest(column, relation) %}
    {%- set found = run_query('select ' ~ call_status.moment_as_text('max(' ~ column ~ ')') ~ ' from ' ~ relation).rows[0][0] if execute else none -%}
    {{ return(call_status.moment_of_text(found) if found is not none else modules.datetime.datetime.min) }}
{% endmacro %}


{#-
    Incremental strategy `replace_calls`: the new rows replace all stored ones of the same call_hash, in one transaction.
    A fact without a status (the call is not concluded, or no more) only leaves. In a backfill what is stored of its calls
    leaves in any case: evidence as it is read anew, facts of calls that raw no longer has.
-#}
{% macro get_incremental_replace_calls_sql(arg_dict) %}
    {%- set target, new = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {%- if 'rules_fingerprint' in columns -%}
        {%- do call_status.report_changed_rules(target, new) -%}
    {%- endif -%}

    {%- set leaving -%}
    call_hash in (select call_hash from {{ new }})
    {%- if call_status.is_backfill() %}
    or {{ '(source_system, call_id) in (' ~ call_status.calls_to_backfill() ~ ')' if 'evidence_version' in columns
        else call_status.is_in_backfill('last_loaded_at') }}
    {%- endif %}
    {%- endset -%}
    {{ call_status.replace_rows(target, new, columns, leaving, 'status is not null' if 'status' in columns else '1 = 1',
        ['call_hash', 'source_system', 'call_id'] + (['leg'] if 'leg' in columns else [])) }}
{% endmacro %}


{% macro report_changed_rules(target, new) %}
    {%- set counts = run_query(
        "select count(*), count(case when new.status <> stored.status then 1 end)"
        ~ " from " ~ new ~ " as new inner join " ~ target ~ " as stored on new.call_hash = stored.call_hash and new.call_key = stored.call_key"
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
    {%- set watermarks = {} -%}
    {%- if execute -%}
        {%- for row in run_query(
            "select '=' || source_system, max(load_date) from " ~ this ~ ' where cast(load_date as ' ~ dbt.type_timestamp() ~ ') <= '
            ~ call_status.run_start() ~ ' group by source_system').rows -%}
            {%- set newest = call_status.hours_before(call_status.midnight_of(row[1]), call_status.setting('overlap_hours')) -%}
            {%- do watermarks.update({row[0][1:]: call_status.midnight_of(newest.date())}) -%}
        {%- endfor -%}
    {%- endif -%}
    (
        loaded_at is null or not {{ call_status.is_calendar_time('loaded_at') }} or ({{ call_status.loaded_since(watermarks, call_status.sources_of_raw_rows()) }})
        {%- if call_status.setting('backfill_days') %} or {{ call_status.is_loaded_on_backfill_days('loaded_at') }}{% endif %}
    )
{%- endmacro %}


{#-
    Of refused rows: those of the load days whose number of refused rows differs between event_accounting and this
    model. Raw rows are never taken back, so a day with the same number has the same rows.
-#}
{% macro refused_on_days_that_differ(accounting) -%}
    {%- set days = run_query(
        "select '=' || accounting.source_system, accounting.load_date from " ~ accounting ~ ' as accounting left join ('
        ~ 'select source_system, ' ~ call_status.load_day('loaded_at') ~ ' as load_date, count(*) as refused from ' ~ this
        ~ ' group by 1, 2) as stored on accounting.source_system = stored.source_system'
        ~ ' and accounting.load_date is not distinct from stored.load_date'
        ~ ' where accounting.quarantined_events <> coalesce(stored.refused, 0)').rows if execute else [] -%}
    {%- if call_status.setting('backfill_days') %}{{ call_status.is_loaded_on_backfill_days('loaded_at') }} or {% endif %}
    {%- for source, day in days %}
        {{ 'or ' if not loop.first }}(
            source_system = {{ call_status.text_literal(source[1:]) }}
            {%- if day is none %}
            and {{ call_status.load_day('loaded_at') }} is null
            {%- else %}
            and loaded_at >= {{ call_status.timestamp_literal(call_status.midnight_of(day)) }}
            and loaded_at < {{ dbt.dateadd('day', 1, call_status.timestamp_literal(call_status.midnight_of(day))) }}
            {%- endif %}
        )
    {%- else %}1 = 0
    {%- endfor %}
{%- endmacro %}


{#-
    Incremental strategy `replace_load_days`: the new rows replace all stored ones of the same source and load day; on the
    days of a backfill nothing of what is stored stays.
-#}
{% macro get_incremental_replace_load_days_sql(arg_dict) %}
    {%- set target, new = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {%- set load_date = 'load_date' if 'load_date' in columns else call_status.load_day('loaded_at') -%}
    {%- set days = "select '=' || source_system || '/' || coalesce(cast(" ~ load_date ~ " as " ~ dbt.type_string() ~ "), '')" -%}

    {%- set leaving -%}
        '=' || source_system || '/' || coalesce(cast({{ load_date }} as {{ dbt.type_string() }}), '') in ({{ days }} from {{ new }})
        {%- if call_status.setting('backfill_days') %}
        or {{ call_status.is_loaded_on_backfill_days(load_date) }}
        {%- endif %}
    {%- endset -%}
    {{ call_status.replace_rows(target, new, columns, leaving, '1 = 1', []) }}
{% endmacro %}


{#-
    What stored evidence means: a number that is raised with its definition, what became of customers' numbers, and,
    where they are hashed, a fingerprint of the key. Evidence of two versions cannot be merged.
-#}
{% macro evidence_version() -%}
    {%- set pii = call_status.setting('pii') -%}
    {%- set version = ['2', 'pii ' ~ pii] -%}
    {%- if pii == 'hash' and execute -%}
        {%- set fingerprint = call_status.keyed_hash("'fingerprint'", 'pii_key') -%}
        {%- do version.append('key ' ~ run_query(
            'select substr(' ~ fingerprint ~ ', 1, 8) from ' ~ call_status.pii_key_relation()).rows[0][0]) -%}
    {%- endif -%}
    {{ return(version | join(', ')) }}
{%- endmacro %}


{#- Stops an incremental run on evidence of another version, before it reads anything. Renders nothing. -#}
{% macro check_evidence_version() -%}
    {%- if execute and call_status.is_incremental_run() -%}
        {%- set current = call_status.evidence_version() -%}
        {%- for row in run_query('select evidence_version from ' ~ this ~ ' limit 1').rows if row[0] != current -%}
            {{ exceptions.raise_compiler_error(
                this ~ " holds evidence of version '" ~ row[0] ~ "'; this run makes '" ~ current ~ "'. Run `dbt build "
                ~ "--full-refresh` once to derive everything again from the raw events"
                ~ (", or put the old key back" if 'key' in current and 'key' in row[0] else "") ~ ".") }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
