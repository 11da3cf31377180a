{#- Text of Jinja as SQL. -#}
{% macro text_literal(value) -%}{{ return(adapter.dispatch('text_literal', 'call_status')(value)) }}{%- endmacro %}
{% macro default__text_literal(value) -%}'{{ value | replace("'", "''") }}'{%- endmacro %}
{% macro snowflake__text_literal(value) -%}'{{ value | replace("\\", "\\\\") | replace("'", "''") }}'{%- endmacro %}
{% macro spark__text_literal(value) -%}'{{ value | replace("\\", "\\\\") | replace("'", "\\'") }}'{%- endmacro %}
{% macro bigquery__text_literal(value) -%}{{ call_status.spark__text_literal(value) }}{%- endmacro %}
{% macro clickhouse__text_literal(value) -%}{{ call_status.spark__text_literal(value) }}{%- endmacro %}


{#- Text of which the smallest is the smallest in binary (code-point) order, whatever the database's collation. -#}
{% macro binary_text(expression) -%}{{ return(adapter.dispatch('binary_text', 'call_status')(expression)) }}{%- endmacro %}
{% macro default__binary_text(expression) -%}{{ expression }}{%- endmacro %}
{% macro postgres__binary_text(expression) -%}({{ expression }}) collate "C"{%- endmacro %}
