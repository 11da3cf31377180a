{#-
    Incremental strategies of the package: how the rows that a run made take the place of stored ones, in one transaction.

    | strategy              | models                            | what the new rows replace                                         |
    |-----------------------|-----------------------------------|-------------------------------------------------------------------|
    | replace_evidence      | int_…_evidence_packed             | all rows of the same call_hash                                    |
    | replace_facts         | fct_calls                         | the same; a new row without a status only deletes its stored row  |
    | replace_loads         | quarantined_call_events           | all rows of the loads that were read                              |
    | replace_load_days     | event_accounting, source_lateness | all rows of the load days that were counted                       |
    | replace_changed_hours | fct_call_legs, fct_queue_visits   | all rows of calls that started in an hour in which a call changed |
    | replace_changed_dates | fct_calls_hourly                  | all rows of the local dates on which a call changed               |
    | replace_concerned     | int_missed_call_contacts          | all rows of missed calls that a changed call may concern          |
-#}

{#- In a backfill the evidence may not become less than it was (check_nothing_is_taken_back). -#}
{% macro get_incremental_replace_evidence_sql(arg_dict) %}
    {%- set target, new, columns = arg_dict['target_relation'], arg_dict['temp_relation'], call_status.get_written_columns(arg_dict) -%}
    {%- set keys = ['call_hash', 'source_system', 'call_id'] + ['leg', 'queue', 'occurred_at'] | select('in', columns) | list -%}
    {%- if call_status.is_backfill() and not call_status.setting('backfill_takes_back') -%}
        {%- set evidence = call_status.get_leg_evidence_columns() if 'leg' in columns
            else call_status.get_queue_evidence_columns() if 'queue' in columns
            else call_status.get_call_evidence_columns() -%}
        {%- do call_status.check_nothing_is_taken_back(target, new, keys, evidence) -%}
    {%- endif -%}
    {%- set delete_where -%}
        call_hash in (select call_hash from {{ new }})
    {%- endset -%}
    {{ call_status.replace_rows(target, new, columns, delete_where, '1 = 1', keys) }}
{% endmacro %}


{#-
    A new row whose status is null is a call that is open again, or gone: its stored row is deleted, and nothing is inserted.
    Where the evidence was made anew, the new rows take the place of all.
-#}
{% macro get_incremental_replace_facts_sql(arg_dict) %}
    {%- set target, new = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- do call_status.report_changed_rules(target, new) -%}
    {%- if call_status.is_incremental_run() -%}{%- do call_status.log_changed_hours(target, new) -%}{%- endif -%}
    {%- set delete_where -%}
        {{ 'call_hash in (select call_hash from ' ~ new ~ ')' if call_status.is_incremental_run() else '1 = 1' }}
    {%- endset -%}
    {{ call_status.replace_rows(
        target, new, call_status.get_written_columns(arg_dict), delete_where, 'status is not null', ['call_hash', 'source_system', 'call_id']) }}
{% endmacro %}


{% macro get_incremental_replace_loads_sql(arg_dict) %}
    {%- set delete_where = call_status.is_in_ranges(call_status.get_pending_ranges()) -%}
    {{ call_status.replace_all_where(arg_dict, delete_where) }}
{% endmacro %}


{% macro get_incremental_replace_load_days_sql(arg_dict) %}
    {%- set delete_where = call_status.is_in_ranges(call_status.get_pending_ranges(whole_days=true), call_status.midnight('load_date')) -%}
    {{ call_status.replace_all_where(arg_dict, delete_where) }}
{% endmacro %}


{% macro get_incremental_replace_changed_hours_sql(arg_dict) %}
    {%- set delete_where = call_status.is_in_changed_hours(call_status.get_changes(has_definitions=false), 'call_started_at') -%}
    {{ call_status.replace_all_where(arg_dict, delete_where) }}
{% endmacro %}


{% macro get_incremental_replace_changed_dates_sql(arg_dict) %}
    {%- set delete_where = call_status.is_on_changed_date(call_status.get_changes()) -%}
    {{ call_status.replace_all_where(arg_dict, delete_where) }}
{% endmacro %}


{% macro get_incremental_replace_concerned_sql(arg_dict) %}
    {%- set delete_where = call_status.is_concerned(call_status.get_changes()) -%}
    {{ call_status.replace_all_where(arg_dict, delete_where) }}
{% endmacro %}


{#- All new rows take the place of the stored ones of which the condition is true. -#}
{% macro replace_all_where(arg_dict, delete_where) %}
    {{ call_status.replace_rows(
        arg_dict['target_relation'], arg_dict['temp_relation'], call_status.get_written_columns(arg_dict), delete_where, '1 = 1', []) }}
{% endmacro %}


{#- What the model's strategy makes of new rows: SQL that brings them from the table `new` into `target`, whose columns are those of `existing`. -#}
{% macro get_strategy_sql(target, new, existing) %}
    {%- set strategy_sql = context['call_status']['get_incremental_' ~ config.get('incremental_strategy') ~ '_sql'] -%}
    {{ return(strategy_sql({'target_relation': target, 'temp_relation': new, 'dest_columns': adapter.get_columns_in_relation(existing)})) }}
{% endmacro %}


{#- Whether a run may change the model's table, by its strategy: there is something to read that the table does not know. -#}
{% macro may_change() %}
    {%- set strategy = config.get('incremental_strategy') -%}
    {%- if call_status.is_backfill() or not call_status.is_incremental_run() -%}{{ return(true) }}{%- endif -%}
    {%- if strategy in ['replace_evidence', 'replace_loads', 'replace_load_days'] -%}
        {{ return(call_status.get_pending_ranges(whole_days=strategy == 'replace_load_days') | length > 0) }}
    {%- elif strategy == 'replace_facts' -%}
        {{ return(call_status.get_facts_watermark().has_calls) }}
    {%- endif -%}
    {%- set changes = call_status.get_changes(has_definitions=strategy != 'replace_changed_hours') -%}
    {{ return(changes.all or changes.hours | length > 0) }}
{% endmacro %}


{#- The names of the columns that a strategy writes. -#}
{% macro get_written_columns(arg_dict) %}
    {{ return(arg_dict['dest_columns'] | map(attribute='name') | list) }}
{% endmacro %}
