{#-
    Mappings are read before evidence is made, so what was read before keeps what its words meant then. A run notes for each
    source with which mappings it was read (in int_noted_loads, as the reader `mappings`). Where they are others now, it says
    which calls to derive anew, and how.
-#}

{#- A number that stands for all that the values of a source's records mean: its mappings, its words for statuses, the zone of its times. -#}
{% macro mappings_fingerprint(source) %}
    {%- set rows = [] -%}
    {%- for row in call_status.get_own_mappings() + call_status.shipped_mappings() if row[0] == source -%}{%- do rows.append(row) -%}{%- endfor -%}
    {%- set meant = [rows, call_status.get_status_words() if source == 'call_log' else none, call_status.setting('time_zone')] -%}
    {{ return(local_md5(tojson(meant))[:15] | int(0, 16)) }}
{% endmacro %}


{#- The sources that are on and have mappings. A canonical event needs none. -#}
{% macro get_mapped_sources() %}
    {{ return(call_status.setting('sources') | reject('equalto', 'canonical') | list) }}
{% endmacro %}


{#- Source → the number of the mappings that its calls were read with, as it was noted last. -#}
{% macro get_noted_mappings() %}
    {%- set noted, relation = {}, call_status.get_relation_of_model('int_noted_loads') -%}
    {%- if relation -%}
        {%- set query -%}
            select {{ call_status.as_fetched('raw_table') }}, offset_sum from {{ relation }} where reader = 'mappings' order by note_number
        {%- endset -%}
        {%- for source, number in call_status.fetch(query) -%}
            {%- do noted.update({call_status.fetched_text(source): number | int}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(noted) }}
{% endmacro %}


{#- The source systems whose calls were read through a source, and which this run does not derive anew. -#}
{% macro get_systems_not_derived_anew(source) %}
    {%- set found, evidence = [], call_status.get_relation_of_model('int_call_evidence_packed') -%}
    {%- if evidence -%}
        {%- set query -%}
            select distinct {{ call_status.as_fetched('source_system') }} from {{ evidence }}
            where source = '{{ source }}'
            {%- if call_status.setting('backfill_sources') %} and not ({{ call_status.is_of_backfill_sources() }}){% endif %}
            order by 1
        {%- endset -%}
        {%- for row in call_status.fetch(query) -%}{%- do found.append(call_status.fetched_text(row[0])) -%}{%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{#- Says in one line for each source that its mappings changed, and what to run. -#}
{% macro report_changed_mappings() %}
    {%- if 'model.call_status.int_call_evidence_packed' in selected_resources and not call_status.is_built_anew('int_call_evidence_packed') -%}
        {%- set noted = call_status.get_noted_mappings() -%}
        {%- for source in call_status.get_mapped_sources() if source in noted and noted[source] != call_status.mappings_fingerprint(source) -%}
            {%- set systems = call_status.get_systems_not_derived_anew(source) -%}
            {%- if systems -%}
                {%- do log(
                    "What the records of " ~ source ~ " mean has changed: its mappings, its words for statuses or call_status_time_zone."
                    ~ " Calls that were read before keep the old meaning until they are derived anew: dbt build --vars"
                    ~ " '{call_status_backfill_sources: " ~ tojson(systems) ~ "}', with call_status_backfill_takes_back: true where"
                    ~ " a word proves less than before.", info=true) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{#-
    Post-hook of the evidence of calls: notes the mappings of the sources whose calls were all read with them. These are sources
    that were read for the first time, and those that a full refresh or a backfill has derived anew.
-#}
{% macro note_mappings() %}
    {%- if execute -%}
        {%- set noted, changed = call_status.get_noted_mappings(), [] -%}
        {%- for source in call_status.get_mapped_sources() -%}
            {%- set number = call_status.mappings_fingerprint(source) -%}
            {%- if source not in noted or (noted[source] != number and (not call_status.is_incremental_run()
                or not call_status.get_systems_not_derived_anew(source))) -%}
                {%- do changed.append((source, number)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if changed %}
        insert into {{ call_status.get_relation_of_model('int_noted_loads') }}
            (reader, raw_table, load_minute, row_count, offset_sum, newest_loaded_at, note_number)
        select
            'mappings',
            changed.source,
            {{ call_status.no_load_minute() }},
            0,
            changed.number,
            {{ call_status.no_load_minute() }},
            (select coalesce(max(note_number), 0) + 1 from {{ call_status.get_relation_of_model('int_noted_loads') }} where reader = 'mappings')
        from (
            {%- for source, number in changed %}
            select '{{ source }}' as source, {{ number }} as number{{ ' union all' if not loop.last }}
            {%- endfor %}
        ) as changed
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
