{#-
    The horizon: the day before which raw rows were deleted by drop_raw_before. Evidence is the only thing that knows what they told.
    So no run may make evidence anew that has something of before that day, unless it says that the loss is meant.
-#}

{#- The horizon as a datetime (UTC): the latest day before which raw rows went; none where none did. -#}
{% macro get_horizon() %}
    {%- set table = source('call_status', 'horizons') -%}
    {#- Of what is in the database: with --empty a source has no rows. -#}
    {%- set relation = adapter.get_relation(table.database, table.schema, table.identifier) if execute else none -%}
    {%- if not relation -%}{{ return(none) }}{%- endif -%}
    {%- set found = call_status.fetch('select ' ~ call_status.as_fetched('max(dropped_before)') ~ ' from ' ~ relation) -%}
    {{ return(call_status.fetched_timestamp(found[0][0])) }}
{% endmacro %}


{#- Model → the column that says when its rows, or the first of what they hold, were loaded. They are made of raw rows and of nothing else. -#}
{% macro get_load_times_of_readers() %}
    {{ return({
        'int_call_evidence_packed': 'first_loaded_at',
        'int_leg_evidence_packed': 'first_loaded_at',
        'int_queue_evidence_packed': 'first_loaded_at',
        'quarantined_call_events': 'loaded_at',
        'event_accounting': 'load_date',
        'int_unmapped_words': 'load_date',
        'source_lateness': 'load_date',
    }) }}
{% endmacro %}


{#- Stops a run that would lose what is known from behind the horizon. -#}
{% macro check_horizon() %}
    {%- set horizon = call_status.get_horizon() -%}
    {%- if horizon is not none and not call_status.setting('backfill_takes_back') -%}
        {%- for name, loaded_at in call_status.get_load_times_of_readers().items() if 'model.call_status.' ~ name in selected_resources -%}
            {%- if call_status.loses_rows_behind(horizon, name, loaded_at) -%}
                {{ exceptions.raise_compiler_error(
                    call_status.raw_rows_are_gone(horizon) ~ " This run would make " ~ name ~ " anew from the rows that are left, and what"
                    ~ " the others told would be lost. Nothing was changed. " ~ call_status.way_past_the_horizon()) }}
            {%- endif -%}
        {%- endfor -%}
        {%- if call_status.is_backfill() and 'model.call_status.int_call_evidence_packed' in selected_resources -%}
            {%- do call_status.check_backfill_behind(horizon) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- Whether the run makes a model anew that holds rows from behind the horizon, or that is gone while there are facts. -#}
{% macro loses_rows_behind(horizon, name, loaded_at) %}
    {%- set relation = call_status.get_relation_of_model(name) -%}
    {%- if not relation -%}
        {{ return(call_status.holds_rows('fct_calls')) }}
    {%- elif not call_status.is_built_anew(name) -%}
        {{ return(false) }}
    {%- elif loaded_at not in call_status.get_existing_columns(relation) -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(call_status.fetch('select 1 from ' ~ relation ~ ' where ' ~ loaded_at ~ ' < ' ~ call_status.timestamp_literal(horizon) ~ ' limit 1') | length > 0) }}
{% endmacro %}


{#- Stops a backfill of calls of which something was loaded behind the horizon. -#}
{% macro check_backfill_behind(horizon) %}
    {%- set evidence = call_status.get_relation_of_model('int_call_evidence_packed') -%}
    {%- if evidence -%}
        {%- set query -%}
            select count(*) from {{ evidence }}
            where
                first_loaded_at < {{ call_status.timestamp_literal(horizon) }}
                and ({{ call_status.is_in_backfill('first_loaded_at', 'last_loaded_at') }})
        {%- endset -%}
        {%- set calls = call_status.fetch(query)[0][0] -%}
        {%- if calls > 0 -%}
            {{ exceptions.raise_compiler_error(
                call_status.raw_rows_are_gone(horizon) ~ " The backfill would make " ~ calls ~ " calls anew that were derived from such rows."
                ~ " Nothing was changed. Choose days or calls behind that day, or, if the loss is meant, set"
                ~ " call_status_backfill_takes_back: true.") }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{% macro raw_rows_are_gone(horizon) %}
    {{ return("Raw rows that were loaded before " ~ horizon.date() ~ " were deleted (call_status.drop_raw_before).") }}
{% endmacro %}


{#- What to do where only a full refresh would help, and raw rows are gone. -#}
{% macro way_past_the_horizon() %}
    {{ return("Leave out --full-refresh. If it is needed, keep a copy of the facts first (docs/retention_and_erasure.md), and set"
        ~ " call_status_backfill_takes_back: true: calls behind that day leave then.") }}
{% endmacro %}


{#- What is added to a message that asks for a full refresh: nothing, or that calls would be lost, and what to do. -#}
{% macro but_raw_rows_are_gone() %}
    {%- set horizon = call_status.get_horizon() -%}
    {{ return('' if horizon is none else " But: " ~ call_status.raw_rows_are_gone(horizon) ~ " Keep a copy of the facts first"
        ~ " (docs/retention_and_erasure.md), and set call_status_backfill_takes_back: true in that run: calls behind that day leave then.") }}
{% endmacro %}
