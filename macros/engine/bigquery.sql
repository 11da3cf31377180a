{#-
    BigQuery: only compiled for it, never run. What stands here follows its documentation; that it parses is tested
    (`scripts/test --engine dialects`), that it computes the same is not. Known limits: docs/engines.md.
-#}

{% macro bigquery__key_hash(text) -%}farm_fingerprint({{ text }}){%- endmacro %}


{% macro bigquery__keyed_hash(column, key) -%}to_hex(sha256(concat({{ key }}, to_hex(sha256(concat({{ key }}, {{ column }})))))){%- endmacro %}


{% macro bigquery__random_key() -%}concat(generate_uuid(), generate_uuid()){%- endmacro %}


{% macro bigquery__epoch_microseconds(moment) -%}unix_micros({{ moment }}){%- endmacro %}


{% macro bigquery__from_epoch_microseconds(microseconds) -%}timestamp_micros({{ microseconds }}){%- endmacro %}


{#- dbt's own dateadd gives a DATETIME there, which no TIMESTAMP can be compared with. -#}
{% macro bigquery__timestamp_plus(part, count, moment) -%}timestamp_add({{ moment }}, interval {{ count }} {{ part }}){%- endmacro %}


{#- A TIMESTAMP is a moment there. A DATETIME, and text without an offset, are read as UTC. -#}
{% macro bigquery__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | upper -%}
    {%- if type in ('TIMESTAMP', 'DATETIME', 'DATE') -%}cast({{ column }} as timestamp)
    {%- else -%}safe_cast(cast({{ column }} as string) as timestamp)
    {%- endif -%}
{%- endmacro %}


{% macro bigquery__zone_to_utc(moment, zone) -%}timestamp(datetime({{ moment }}), '{{ zone }}'){%- endmacro %}


{% macro bigquery__utc_to_zone(moment, zone) -%}timestamp(datetime({{ moment }}, '{{ zone }}')){%- endmacro %}


{% macro bigquery__text_literal(value) -%}{{ call_status.spark__text_literal(value) }}{%- endmacro %}


{% macro bigquery__type_double() -%}float64{%- endmacro %}


{% macro bigquery__safe_double(column, data_type='text') -%}safe_cast({{ column }} as float64){%- endmacro %}


{#- BigQuery's own shift fills up with zeros, also below zero. -#}
{% macro bigquery__shift_right(column, bits) -%}div({{ column }} - ({{ column }} & {{ 2 ** bits - 1 }}), {{ 2 ** bits }}){%- endmacro %}


{% macro bigquery__percentile(column, share) -%}approx_quantiles({{ column }}, 1000)[safe_offset({{ (share * 1000) | round | int }})]{%- endmacro %}


{#- Its dbt adapter refuses the strategies of a package. -#}
{% macro bigquery__incremental() -%}{{ return('table') }}{%- endmacro %}


{% macro bigquery__text_matches(text, pattern) -%}regexp_contains({{ text }}, '{{ pattern }}'){%- endmacro %}
