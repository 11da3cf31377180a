{#- Keys of calls and legs. Each is made of source_system and call_id alone, so it is the same in every run. -#}

{#-
    One text for (source_system, call_id). The source is escaped, so the first slash is the separator and no two calls
    share a key.
-#}
{% macro call_key() -%}
    {{ call_status.url_escaped('source_system') }} || '/' || call_id
{%- endmacro %}


{#- One text for a leg of a call. The leg is escaped, so the last slash is the separator. -#}
{% macro leg_key() -%}
    {{ call_status.call_key() }} || '/' || {{ call_status.url_escaped('leg') }}
{%- endmacro %}


{% macro url_escaped(column) -%}
    replace(replace({{ column }}, '%', '%25'), '/', '%2F')
{%- endmacro %}


{#-
    A narrow key (an integer) by which the stored rows of a call are found and replaced. Rows of one call have the same
    one. Another call may share it, so whatever replaces rows by it writes all rows that the table held for it.
-#}
{% macro call_hash() -%}
    {{ call_status.key_hash(call_status.call_key()) }}
{%- endmacro %}
