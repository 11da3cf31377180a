{#-
    The horizon: the day before which raw rows were deleted by drop_raw_before. What those rows told is known to evidence alone, and to the
    tables that count or show the rows of a load day.

    | made anew behind the horizon     | what happens                                                                              |
    |----------------------------------|-------------------------------------------------------------------------------------------|
    | evidence of this version         | the run stops: it would lose what it could as well leave alone                            |
    | evidence of another version      | it is lost, since two versions do not merge. The facts that were made of it stay: kept    |
    | rows of a load day               | they stay                                                                                 |

    A kept fact has write_number 0. No run derives it again, and its rules_fingerprint is the old one. Its legs and queue visits stay
    with it. call_status_backfill_takes_back: true says that a loss is meant; nothing is kept then.
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


{#- Stops a run that would lose evidence from behind the horizon though it need not. -#}
{% macro check_horizon() %}
    {%- set horizon = call_status.get_horizon() -%}
    {%- if horizon is not none and not call_status.setting('backfill_takes_back') -%}
        {%- for name in call_status.get_evidence_tables() if 'model.call_status.' ~ name in selected_resources -%}
            {%- if call_status.loses_rows_behind(horizon, name) and not call_status.keeps_facts_instead() -%}
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


{#- Whether the run makes a table of evidence anew that holds rows from behind the horizon, or that is gone while there are facts. -#}
{% macro loses_rows_behind(horizon, name) %}
    {%- set relation = call_status.get_relation_of_model(name) -%}
    {%- if not relation -%}
        {{ return(call_status.holds_rows('fct_calls')) }}
    {%- elif not call_status.is_built_anew(name) -%}
        {{ return(false) }}
    {%- elif 'first_loaded_at' not in call_status.get_existing_columns(relation) -%}
        {{ return(true) }}
    {%- endif -%}
    {{ return(call_status.fetch('select 1 from ' ~ relation ~ ' where first_loaded_at < ' ~ call_status.timestamp_literal(horizon) ~ ' limit 1') | length > 0) }}
{% endmacro %}


{#-
    Whether facts are kept instead of evidence: all evidence is made anew, because some of it is of another version number. Customers'
    numbers must be treated alike in both, as kept facts show them as they are.
-#}
{% macro keeps_facts_instead() %}
    {%- set current, found = call_status.evidence_version(), [] -%}
    {%- for name in call_status.get_evidence_tables() -%}
        {%- set relation = call_status.get_relation_of_model(name) -%}
        {%- if not relation or not call_status.is_built_anew(name) or 'evidence_version' not in call_status.get_existing_columns(relation) -%}
            {{ return(false) }}
        {%- endif -%}
        {%- for row in call_status.fetch('select distinct evidence_version from ' ~ relation) -%}{%- do found.append(row[0]) -%}{%- endfor -%}
    {%- endfor -%}
    {%- for version in found if not call_status.treats_numbers_alike(version, current) -%}{{ return(false) }}{%- endfor -%}
    {{ return(found | reject('equalto', current) | list | length > 0) }}
{% endmacro %}


{#- Whether two evidence versions differ in their number at most. -#}
{% macro treats_numbers_alike(version, other) %}
    {{ return(version.partition(', ')[2] == other.partition(', ')[2]) }}
{% endmacro %}


{#- Pre-hook of int_call_evidence_packed: facts of calls from behind the horizon are kept, where their evidence is about to be replaced. -#}
{% macro keep_facts_behind_horizon() %}
    {%- set facts = call_status.get_relation_of_model('fct_calls') if execute and should_full_refresh() -%}
    {%- set horizon = call_status.get_horizon() if facts and not call_status.setting('backfill_takes_back') -%}
    {%- if horizon and 'first_loaded_at' in call_status.get_existing_columns(this) and 'write_number' in call_status.get_existing_columns(facts) -%}
        update {{ facts }}
        set write_number = 0
        where (source_system, call_id) in (
            select source_system, call_id from {{ this }} where first_loaded_at < {{ call_status.timestamp_literal(horizon) }}
        )
    {%- endif -%}
{% endmacro %}


{#- True for facts that are kept. -#}
{% macro is_kept_fact() -%}write_number = 0{%- endmacro %}


{#- Whether there may be kept facts. Always false where no raw rows were dropped. -#}
{% macro may_have_kept_facts() %}
    {%- set facts = call_status.get_relation_of_model('fct_calls') if execute -%}
    {%- set is_loss_meant = should_full_refresh() and call_status.setting('backfill_takes_back') -%}
    {{ return(facts and not is_loss_meant and call_status.get_horizon() is not none and 'write_number' in call_status.get_existing_columns(facts)) }}
{% endmacro %}


{#- True for events of calls whose facts are not kept. What else comes of a kept call is not read: without its evidence it would mislead. -#}
{% macro is_of_no_kept_fact() -%}
    {%- if call_status.may_have_kept_facts() -%}
    (source_system, call_id) not in (
        select source_system, call_id from {{ call_status.get_relation_of_model('fct_calls') }} where {{ call_status.is_kept_fact() }}
    )
    {%- else -%}
    1 = 1
    {%- endif -%}
{%- endmacro %}


{#-
    The rows that a model writes: of its table those that stay (`kept`: a condition; none: no row does), and of a CTE those to which that
    condition is not true. A column that the table does not have yet is null in rows that stay.
-#}
{% macro rows_and_kept_rows(rows, kept) %}
    {%- set stored, stored_columns = call_status.get_existing_columns(this) if kept, [] -%}
    {%- if not stored -%}{{ return('select * from ' ~ rows) }}{%- endif -%}
    {%- for column in model.columns.values() -%}
        {%- set nothing = 'cast(null as ' ~ api.Column.translate_type(column.data_type) ~ ')' -%}
        {%- do stored_columns.append(column.name if column.name | lower in stored else nothing ~ ' as ' ~ column.name) -%}
    {%- endfor -%}
select {{ model.columns | join(', ') }} from {{ rows }}
where not coalesce({{ kept }}, false)
union all
select {{ stored_columns | join(', ') }} from {{ this }}
where {{ kept }}
{%- endmacro %}


{#- True for the rows of fct_calls that a run keeps which makes the others anew. -#}
{% macro is_kept_call() %}
    {{ return(call_status.is_kept_fact() if call_status.may_have_kept_facts() and not call_status.is_incremental_run() else none) }}
{% endmacro %}


{#- True for the legs or queue visits of kept facts, of those that the run makes anew (`changes`). -#}
{% macro is_of_kept_call(changes) %}
    {%- if not call_status.may_have_kept_facts() -%}{{ return(none) }}{%- endif -%}
    {{ return(call_status.is_in_changed_hours(changes, 'call_started_at') ~ ' and call_key in (select call_key from '
        ~ ref('call_status', 'fct_incoming_calls') ~ ' where ' ~ call_status.is_kept_fact() ~ ')') }}
{% endmacro %}


{#- True for rows behind the horizon that a table of load days keeps while it is made anew. -#}
{% macro is_kept_load(loaded_at) %}
    {%- set is_anew = execute and not call_status.is_incremental_run() and not call_status.setting('backfill_takes_back') -%}
    {%- set horizon = call_status.get_horizon() if is_anew -%}
    {{ return(loaded_at ~ ' < ' ~ call_status.timestamp_literal(horizon) if horizon else none) }}
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


{#- What to do where evidence would be made anew from the rows that are left. -#}
{% macro way_past_the_horizon() %}
    {{ return("Leave out --full-refresh. If it is needed, keep a copy of the facts first (docs/retention_and_erasure.md), and set"
        ~ " call_status_backfill_takes_back: true: calls behind that day leave then.") }}
{% endmacro %}


{#-
    What is added to a message that asks for a full refresh: nothing, or what it does behind the horizon. `keeps_facts`: whether the
    facts are kept in it.
-#}
{% macro but_raw_rows_are_gone(keeps_facts) %}
    {%- set horizon = call_status.get_horizon() -%}
    {%- if horizon is none -%}
        {{ return('') }}
    {%- elif keeps_facts -%}
        {{ return(" " ~ call_status.raw_rows_are_gone(horizon) ~ " Calls behind that day keep the rows that they have.") }}
    {%- endif -%}
    {{ return(" But: " ~ call_status.raw_rows_are_gone(horizon) ~ " Keep a copy of the facts first (docs/retention_and_erasure.md), and set"
        ~ " call_status_backfill_takes_back: true in that run: calls behind that day leave then.") }}
{% endmacro %}
