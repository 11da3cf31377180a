{#-
    The number of what stored evidence means. Raise it whenever a stored value changes its meaning, or a bit, code or
    column of the packed evidence is added or taken away (macros/rules/event_types.sql, coded_values.sql, signals.sql, the
    packed models). tests/rules/test_stored_layout.py fails where that was forgotten. A new table of evidence needs no new number:
    the first run that has it makes it from all raw events.
-#}
{% macro evidence_version_number() %}{{ return(6) }}{% endmacro %}


{#- The names of the models that store evidence. -#}
{% macro get_evidence_tables() %}
    {{ return(['int_call_evidence_packed', 'int_leg_evidence_packed', 'int_queue_evidence_packed']) }}
{% endmacro %}


{#-
    The version on every row of evidence: the number, what became of customers' numbers, and, where they are hashed, a
    fingerprint of the key. Evidence of two versions cannot be merged.
-#}
{% macro evidence_version() -%}
    {%- set pii = call_status.setting('pii') -%}
    {%- set version = [call_status.evidence_version_number() | string, 'pii ' ~ pii] -%}
    {%- if pii == 'hash' and execute -%}
        {%- set known = call_status.looked_up() -%}
        {%- if 'fingerprint of the key' not in known -%}
            {%- set query -%}
                select substr({{ call_status.keyed_hash("'fingerprint'", 'pii_key') }}, 1, 8) from {{ call_status.pii_key_relation() }}
            {%- endset -%}
            {%- do known.setdefault('fingerprint of the key', call_status.fetch(query)[0][0]) -%}
        {%- endif -%}
        {%- do version.append('key ' ~ known['fingerprint of the key']) -%}
    {%- endif -%}
    {{ return(version | join(', ')) }}
{%- endmacro %}


{#-
    Stops an ordinary run on evidence of another version, before it reads anything. A full refresh takes away what earlier
    versions of the package have left in the schema. Renders nothing.
-#}
{% macro check_evidence_version() -%}
    {%- if execute and should_full_refresh() -%}
        {%- do call_status.drop_relations_of_earlier_versions() -%}
    {%- elif execute -%}
        {%- set earlier = adapter.get_relation(this.database, this.schema, 'int_call_evidence') -%}
        {%- if call_status.is_incremental_run() -%}
            {%- do call_status.compare_evidence_version(this) -%}
        {%- elif earlier and earlier.is_table -%}
            {#- Up to version 2 the stored evidence of calls had the name that the readable view has now. -#}
            {%- do call_status.compare_evidence_version(earlier) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#-
    Stops a run on tables that another version of the package made, before any model: evidence under the name that it had up to version 2,
    and tables whose columns are not those that this version writes. dbt would notice the latter in the middle of the run.
-#}
{% macro check_tables_of_other_versions() %}
    {%- set earlier = call_status.get_relation_of_model('int_call_evidence') -%}
    {%- if earlier and earlier.is_table and 'model.call_status.int_call_evidence_packed' in selected_resources
            and not call_status.is_built_anew('int_call_evidence_packed') -%}
        {%- do call_status.compare_evidence_version(earlier) -%}
    {%- endif -%}
    {%- set others = {} -%}
    {%- for name, columns in call_status.get_columns_of_stored_tables().items() -%}
        {%- set relation = call_status.get_relation_of_model(name) if not call_status.is_built_anew(name) else none -%}
        {%- if relation and relation.is_table -%}
            {%- set existing = call_status.get_existing_columns(relation) | list -%}
            {%- set other = columns | reject('in', existing) | list + existing | reject('in', columns) | list -%}
            {%- if other -%}{%- do others.update({name: relation ~ " was made by another version of this package: its columns differ in "
                ~ other | join(', ')}) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if others -%}
        {%- set has_evidence = others | select('in', call_status.get_evidence_tables()) | list | length > 0 -%}
        {{ exceptions.raise_compiler_error(
            others.values() | list | join('; ') ~ ". Nothing was changed. " ~ (
                "Run `dbt build --full-refresh` once to derive everything again from the raw events." ~ call_status.but_raw_rows_are_gone(true)
                if has_evidence or call_status.get_horizon() is none
                else "Run `dbt build --full-refresh --select " ~ others | join(' ') ~ "` once, and then as always.")) }}
    {%- endif -%}
{% endmacro %}


{#- Model → the columns of its table, of the selected models that a run adds to: evidence, and what has a contract. -#}
{% macro get_columns_of_stored_tables() %}
    {%- set found = {} -%}
    {%- for id in call_status.get_selected_models() if graph.nodes[id].contract.enforced and graph.nodes[id].config.materialized == call_status.incremental() -%}
        {%- do found.update({graph.nodes[id].name: graph.nodes[id].columns | map('lower') | list}) -%}
    {%- endfor -%}
    {%- for name, keys, columns in [
        ('int_call_evidence_packed', [], call_status.get_call_evidence_columns()),
        ('int_leg_evidence_packed', ['leg'], call_status.get_leg_evidence_columns()),
        ('int_queue_evidence_packed', ['queue', 'occurred_at'], call_status.get_queue_evidence_columns()),
    ] if 'model.call_status.' ~ name in selected_resources -%}
        {%- do found.update({name: ['source_system', 'call_id'] + keys + columns | list + ['call_hash', 'write_number', 'evidence_version']}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- Raises an error if the evidence in a relation is of another version than this run makes. -#}
{% macro compare_evidence_version(relation) %}
    {%- set current = call_status.evidence_version() -%}
    {%- set known, key = call_status.looked_up(), 'evidence version of ' ~ relation -%}
    {%- if key not in known -%}
        {%- do known.setdefault(key, call_status.fetch('select evidence_version from ' ~ relation ~ ' limit 1')) -%}
    {%- endif -%}
    {%- for row in known[key] if row[0] != current -%}
        {{ exceptions.raise_compiler_error(
            relation ~ " holds evidence of version '" ~ row[0] ~ "'. This run makes version '" ~ current ~ "', and two versions"
            ~ " cannot be merged. Run `dbt build --full-refresh` once to derive everything again from the raw events"
            ~ (", or put the old key back" if 'key' in current and 'key' in row[0] else "") ~ "."
            ~ call_status.but_raw_rows_are_gone(call_status.treats_numbers_alike(row[0], current))) }}
    {%- endfor -%}
{% endmacro %}


{#- Private relations that earlier versions of the package made under names that nothing makes any more. -#}
{% macro drop_relations_of_earlier_versions() %}
    {%- for name in ['int_named_evidence', 'int_call_leg_evidence', 'stg_call_events', 'stg_unreadable_rows'] -%}
        {%- set relation = adapter.get_relation(this.database, this.schema, name) -%}
        {%- if relation and this.schema.endswith('internal') -%}
            {%- do adapter.drop_relation(relation) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
