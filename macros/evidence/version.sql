{#-
    The number of what stored evidence means. Raise it whenever a stored value changes its meaning, or a bit, code or
    column of the packed evidence is added or taken away (macros/rules/event_types.sql, coded_values.sql, signals.sql, the
    packed models). tests/rules/test_stored_layout.py fails where that was forgotten. A new table of evidence needs no new number:
    the first run that has it makes it from all raw events.
-#}
{% macro evidence_version_number() %}{{ return(6) }}{% endmacro %}


{#-
    The version on every row of evidence: the number, what became of customers' numbers, and, where they are hashed, a
    fingerprint of the key. Evidence of two versions cannot be merged.
-#}
{% macro evidence_version() -%}
    {%- set pii = call_status.setting('pii') -%}
    {%- set version = [call_status.evidence_version_number() | string, 'pii ' ~ pii] -%}
    {%- if pii == 'hash' and execute -%}
        {%- set query -%}
            select substr({{ call_status.keyed_hash("'fingerprint'", 'pii_key') }}, 1, 8) from {{ call_status.pii_key_relation() }}
        {%- endset -%}
        {%- do version.append('key ' ~ call_status.fetch(query)[0][0]) -%}
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


{#- Raises an error if the evidence in a relation is of another version than this run makes. -#}
{% macro compare_evidence_version(relation) %}
    {%- set current = call_status.evidence_version() -%}
    {%- for row in call_status.fetch('select evidence_version from ' ~ relation ~ ' limit 1') if row[0] != current -%}
        {%- set horizon = call_status.get_horizon() -%}
        {{ exceptions.raise_compiler_error(
            relation ~ " holds evidence of version '" ~ row[0] ~ "'. This run makes version '" ~ current ~ "', and two versions"
            ~ " cannot be merged. Run `dbt build --full-refresh` once to derive everything again from the raw events"
            ~ (", or put the old key back" if 'key' in current and 'key' in row[0] else "") ~ "."
            ~ (" But: " ~ call_status.raw_rows_are_gone(horizon) ~ " Keep a copy of the facts first (docs/retention_and_erasure.md), and set"
                ~ " call_status_backfill_takes_back: true in that run: calls behind that day leave then." if horizon is not none else "")) }}
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
