{#-
    What stops a run before any model, so that it changes nothing. Called by the hook on-run-start, here and in projects that
    install the package. Renders nothing.
-#}
{% macro check_before_models() %}
    {%- do call_status.get_raw_tables() -%}
    {%- for name in call_status.get_firm_tables() -%}{%- do call_status.raw_table(name) -%}{%- endfor -%}
    {%- if execute -%}
        {%- do call_status.refuse_to_seed_over_own_events() -%}
        {%- if call_status.get_selected_models() -%}
            {%- do call_status.check_raw_tables() -%}
            {%- do call_status.check_tables_of_other_versions() -%}
            {%- do call_status.check_masking() -%}
            {%- do call_status.check_horizon() -%}
            {%- do call_status.report_changed_mappings() -%}
            {%- do call_status.report_overlapping_sources() -%}
            {%- do call_status.report_firm_problems() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#- The ids of the models of this package that the command selects. -#}
{% macro get_selected_models() %}
    {%- set found = [] -%}
    {%- for id in selected_resources if id.startswith('model.call_status.') -%}{%- do found.append(id) -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Whether the run makes the table of a model from nothing, as a full refresh does. -#}
{% macro is_built_anew(name) %}
    {%- set id = 'model.call_status.' ~ name -%}
    {%- set config = graph.nodes[id].config -%}
    {%- set full_refresh = config.full_refresh if config.full_refresh is not none else flags.FULL_REFRESH -%}
    {{ return(id in selected_resources and (full_refresh or config.materialized == 'table')) }}
{% endmacro %}


{#-
    A raw table that cannot be found is read as empty. That is right before the first load. Where facts exist, somebody has
    moved the table or misspelt its name, and the run stops. It stops in a full refresh as well, which would empty the facts.
    A source whose table was never read may be waiting for its first load while other sources have theirs. A table that a
    selected model makes is on its way.
-#}
{% macro check_raw_tables() %}
    {%- set missing, present = [], [] -%}
    {%- for table in call_status.get_raw_tables() -%}
        {%- set models = graph.nodes.values() | selectattr('relation_name', 'equalto', table | string) | map(attribute='unique_id') -%}
        {%- if adapter.get_relation(table.database, table.schema, table.identifier) -%}
            {%- do present.append(table) -%}
        {%- elif not models | select('in', selected_resources) | list -%}
            {%- do missing.append(table) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {%- set read_before = call_status.get_tables_read_before() if call_status.holds_rows('fct_calls') else none -%}
        {%- for table in missing -%}
            {%- set place = [table.database, table.schema, table.identifier] | select | join('.') -%}
            {%- if read_before is not none and (not present or table.schema ~ '.' ~ table.identifier in read_before) -%}
                {{ exceptions.raise_compiler_error(
                    "The raw table " ~ place ~ " cannot be found, and there are facts that were made from raw events. Nothing was"
                    ~ " changed. Put the table back, or say where it is: call_status_raw_database, call_status_raw_schema,"
                    ~ " call_status_raw_identifiers, call_status_canonical_identifier.") }}
            {%- endif -%}
            {%- do log("There is no raw table " ~ place ~ " yet, so its events are read as none.", info=true) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{#- The raw tables of the sources that are on. dbt has to see them while it parses, should one be a model. -#}
{% macro get_raw_tables() %}
    {%- set found = [] -%}
    {%- for name in call_status.get_raw_table_names() -%}{%- do found.append(call_status.raw_table(name)) -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Whether the relation of a model is there and has a row. -#}
{% macro holds_rows(name) %}
    {%- set relation = call_status.get_relation_of_model(name) -%}
    {{ return(relation is not none and call_status.fetch('select 1 from ' ~ relation ~ ' limit 1') | length > 0) }}
{% endmacro %}


{#- The raw tables of which a load was noted, as texts `schema.name`. -#}
{% macro get_tables_read_before() %}
    {%- set notes, found = call_status.get_relation_of_model('int_noted_loads'), [] -%}
    {%- if notes -%}
        {%- for row in call_status.fetch('select distinct ' ~ call_status.as_fetched('raw_table') ~ ' from ' ~ notes) -%}
            {%- do found.append(call_status.fetched_text(row[0])) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{#-
    What a table says of customers must be what call_status_pii allows now, unless the run makes the table anew. Evidence carries
    the version that it was made by. Refused rows carry none, so they are looked at themselves: that needs no note, and holds
    in every order of runs. Facts need no check, because they follow the evidence. Evidence reads int_call_events, a view that
    masks as it was told when it was made: a run that does not make it anew checks it as well.
-#}
{% macro check_masking() %}
    {%- for name in ['int_call_events'] + call_status.get_evidence_tables() -%}
        {%- set is_made_anew = 'model.call_status.int_call_events' in selected_resources if name == 'int_call_events'
            else call_status.is_built_anew(name) -%}
        {%- set relation = call_status.get_relation_of_model(name) if not is_made_anew else none -%}
        {%- if relation and 'evidence_version' in call_status.get_existing_columns(relation) -%}
            {%- do call_status.compare_evidence_version(relation) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set refused = call_status.get_relation_of_model('quarantined_call_events') -%}
    {%- if refused and call_status.setting('pii') != 'keep' and not call_status.is_built_anew('quarantined_call_events') -%}
        {%- set query -%}
            select 1 from {{ refused }}
            where
                attributes is not null
                or raw_text is not null
                or {{ call_status.is_derived_id('event_id') }}
                or {{ 'customer_number is not null' if call_status.setting('pii') == 'drop' else 'length(customer_number) <> 64' }}
            limit 1
        {%- endset -%}
        {%- if call_status.fetch(query) -%}
            {{ exceptions.raise_compiler_error(
                refused ~ " holds what call_status_pii: " ~ call_status.setting('pii') ~ " does not allow: it was built with another"
                ~ " value. Nothing was changed. Run `dbt build --full-refresh` once, without --select, to derive everything again"
                ~ " from the raw events.") }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#-
    The seeds of the bundled sample take the place of the raw tables. They may replace the sample, never a user's own events.
    What scripts/load has loaded is no sample, and neither is an event that has not the form of the sample's.
-#}
{% macro refuse_to_seed_over_own_events() %}
    {%- set seed = graph.nodes.get('seed.call_status.sample_call_events') -%}
    {%- set parts = ['call_events', 'call_events_unreadable', 'twilio_calls'] + call_status.get_firm_tables() -%}
    {%- set seeds = [] -%}
    {%- for part in parts -%}{%- do seeds.append('seed.call_status.sample_' ~ part) -%}{%- endfor -%}
    {%- if seed and selected_resources | select('in', seeds) | list -%}
        {%- set events = adapter.get_relation(seed.database, seed.schema, seed.alias) -%}
        {%- set files = adapter.get_relation(seed.database, seed.schema, 'loaded_files') -%}
        {%- set found = [] -%}
        {%- if files -%}
            {%- do found.extend(call_status.fetch('select 1 from ' ~ files ~ ' limit 1')) -%}
        {%- endif -%}
        {%- if events -%}
            {%- set columns = call_status.get_existing_columns(events) -%}
            {%- set is_other -%}
                source_system <> 'canonical' or not (call_id like 'c0______') or not (event_id like 'c0______-%')
                or loaded_at < {{ call_status.timestamp_literal(call_status.parse_timestamp(seed.meta['loaded_from'])) }}
                or loaded_at >= {{ call_status.timestamp_literal(call_status.parse_timestamp(seed.meta['loaded_before'])) }}
            {%- endset -%}
            {%- set is_other = '1 = 1' if seed.columns | reject('in', columns) | list else is_other -%}
            {%- do found.extend(call_status.fetch('select 1 from ' ~ events ~ ' where ' ~ is_other ~ ' limit 1')) -%}
        {%- endif -%}
        {%- set calls = adapter.get_relation(seed.database, seed.schema, 'twilio_calls') -%}
        {%- if calls -%}
            {%- set names = call_status.get_existing_columns(calls) -%}
            {%- set is_other = "sid not like 'CAsample%'" if 'sid' in names else '1 = 1' -%}
            {%- do found.extend(call_status.fetch('select 1 from ' ~ calls ~ ' where ' ~ is_other ~ ' limit 1')) -%}
        {%- endif -%}
        {%- for name in call_status.get_firm_tables() -%}
            {%- set table = adapter.get_relation(seed.database, seed.schema, name) -%}
            {%- if table -%}
                {%- set loaded_at = call_status.timestamp_literal(call_status.parse_timestamp(seed.meta['firm_loaded_at'])) -%}
                {%- set has_time = 'loaded_at' in call_status.get_existing_columns(table) -%}
                {%- set is_other = 'loaded_at is null or loaded_at <> ' ~ loaded_at if has_time else '1 = 1' -%}
                {%- do found.extend(call_status.fetch('select 1 from ' ~ table ~ ' where ' ~ is_other ~ ' limit 1')) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if found -%}
            {{ exceptions.raise_compiler_error(
                "This database holds raw events of your own, or your numbers, agents or hours, in the schema " ~ seed.schema ~ ", and the sample would replace them. Nothing"
                ~ " was changed. To see the sample, use `scripts/run`, or let CALL_STATUS_DB name another file.") }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
