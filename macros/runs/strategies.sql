{#-
    Incremental strategies of the package: how the rows that a run made take the place of stored ones, in one transaction.

    | strategy          | models                    | what the new rows replace                                          |
    |-------------------|---------------------------|--------------------------------------------------------------------|
    | replace_evidence  | int_…_evidence_packed     | all rows of the same call_hash                                     |
    | replace_facts     | fct_calls                 | the same; a new row without a status only deletes its stored row   |
    | replace_load_days | event_accounting, quarantined_call_events | all rows of the same source system and load day    |
-#}

{#- In a backfill the stored evidence of its calls is deleted in any case, because it is read anew. -#}
{% macro get_incremental_replace_evidence_sql(arg_dict) %}
    {%- set new, columns = arg_dict['temp_relation'], call_status.get_written_columns(arg_dict) -%}
    {%- set delete_where -%}
        call_hash in (select call_hash from {{ new }})
        {%- if call_status.is_backfill() %}
        or (source_system, call_id) in ({{ call_status.backfill_call_rows() }})
        {%- endif %}
    {%- endset -%}
    {%- set keys = ['call_hash', 'source_system', 'call_id'] + (['leg'] if 'leg' in columns else []) -%}
    {{ call_status.replace_rows(arg_dict['target_relation'], new, columns, delete_where, '1 = 1', keys) }}
{% endmacro %}


{#-
    A new row whose status is null is a call that is open again: its stored row is deleted, and nothing is inserted. In a
    backfill the facts of calls that the raw table no longer has are deleted as well.
-#}
{% macro get_incremental_replace_facts_sql(arg_dict) %}
    {%- set target, new = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- do call_status.report_changed_rules(target, new) -%}
    {%- set delete_where -%}
        call_hash in (select call_hash from {{ new }})
        {%- if call_status.is_backfill() %}
        or {{ call_status.is_in_backfill('last_loaded_at') }}
        {%- endif %}
    {%- endset -%}
    {{ call_status.replace_rows(
        target, new, call_status.get_written_columns(arg_dict), delete_where, 'status is not null', ['call_hash', 'source_system', 'call_id']) }}
{% endmacro %}


{#- On the days of a backfill no stored row stays. -#}
{% macro get_incremental_replace_load_days_sql(arg_dict) %}
    {%- set new, columns = arg_dict['temp_relation'], call_status.get_written_columns(arg_dict) -%}
    {%- set load_date = 'load_date' if 'load_date' in columns else call_status.load_day('loaded_at') -%}
    {%- set delete_where -%}
        {{ call_status.source_and_load_day(load_date) }} in (select {{ call_status.source_and_load_day(load_date) }} from {{ new }})
        {%- if call_status.setting('backfill_days') %}
        or {{ call_status.is_loaded_on_backfill_days(load_date) }}
        {%- endif %}
    {%- endset -%}
    {{ call_status.replace_rows(arg_dict['target_relation'], new, columns, delete_where, '1 = 1', []) }}
{% endmacro %}


{#- The names of the columns that a strategy writes. -#}
{% macro get_written_columns(arg_dict) %}
    {{ return(arg_dict['dest_columns'] | map(attribute='name') | list) }}
{% endmacro %}
