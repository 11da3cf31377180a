{#- DuckDB: run, by `scripts/test`. The engine that the others are compared with. -#}

{% macro duckdb__key_hash(text) -%}cast(md5_number_lower({{ text }}) >> 1 as bigint){%- endmacro %}


{% macro duckdb__keyed_hash(column, key) -%}sha256({{ key }} || sha256({{ key }} || {{ column }})){%- endmacro %}


{% macro duckdb__random_key() -%}replace(uuid()::varchar || uuid()::varchar, '-', ''){%- endmacro %}


{% macro duckdb__epoch_microseconds(moment) -%}epoch_us({{ moment }}){%- endmacro %}


{% macro duckdb__from_epoch_microseconds(microseconds) -%}make_timestamp({{ microseconds }}){%- endmacro %}


{% macro duckdb__utc_timestamp(column, data_type) -%}
    {%- set type = data_type | upper -%}
    {#- Nanoseconds are cut, as the loader cuts them; a cast would round. -#}
    {%- if type.endswith('_NS') -%}make_timestamp(epoch_ns({{ column }}) // 1000)
    {%- elif 'TIME ZONE' in type or type == 'TIMESTAMPTZ' -%}timezone('UTC', {{ column }})
    {%- elif type.startswith('TIMESTAMP') or type.startswith('DATETIME') -%}cast({{ column }} as timestamp)
    {%- elif type == 'DATE' -%}cast({{ column }} as timestamp)
    {%- else -%}
        {#- Only text with an offset may pass through a zone: without one it would be read in the session's. -#}
        case
            when regexp_matches(cast({{ column }} as varchar), ':[0-9.]+ ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', 'i')
                then timezone('UTC', try_cast(regexp_replace(cast({{ column }} as varchar), ' (Z|[+-][0-9:]+)$', '\1', 'i') as timestamptz))
            else try_cast(cast({{ column }} as varchar) as timestamp)
        end
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__incremental() -%}{{ return('call_status_incremental') }}{%- endmacro %}


{% macro duckdb__small_table() -%}{{ return('call_status_table') }}{%- endmacro %}


{% macro duckdb__type_double() -%}double{%- endmacro %}


{% macro duckdb__safe_double(column, data_type) -%}try_cast({{ column }} as double){%- endmacro %}


{% macro duckdb__text_matches(text, pattern) -%}regexp_matches({{ text }}, '{{ pattern }}'){%- endmacro %}


{% macro duckdb__percentile(column, share) -%}quantile_cont({{ column }}, {{ share }}){%- endmacro %}


{% macro duckdb__text_replaced(text, pattern, replacement) -%}regexp_replace({{ text }}, {{ pattern }}, {{ replacement }}, 'g'){%- endmacro %}


{#- A nested type passes through JSON: its text as DuckDB writes it cannot be read back. -#}
{% macro duckdb__searched_text(column, data_type) -%}
    cast({{ 'to_json(' ~ column ~ ')' if modules.re.search('struct|map|\\[', data_type | lower) else column }} as varchar)
{%- endmacro %}


{% macro duckdb__column_of_searched_text(text, data_type) -%}
    cast({{ 'cast(' ~ text ~ ' as json)' if modules.re.search('struct|map|\\[', data_type | lower) else text }} as {{ data_type }})
{%- endmacro %}


{% macro duckdb__json_document(column, data_type) -%}
    {#- dbt says `character varying(256)` of a text. -#}
    {%- if modules.re.match('(var)?char|text|json$', data_type | lower) -%}
        case when json_valid(cast({{ column }} as varchar)) then cast({{ column }} as varchar) end
    {%- else -%}
        cast(to_json({{ column }}) as varchar)
    {%- endif -%}
{%- endmacro %}


{#- A path as DuckDB writes it: `$."agents"[0]."name"`; `*` stands for every element of an array, `-1` for the last. -#}
{% macro json_path_of_duckdb(path) -%}
    {%- set places = {'*': '[*]', '-1': '[#-1]'} -%}
    ${% for step in path.split('.') if step %}{{ places.get(step) or ('[' ~ step ~ ']' if step.isdigit() else '."' ~ step ~ '"') }}{% endfor %}
{%- endmacro %}


{% macro duckdb__json_text(document, path) -%}nullif(json_extract_string({{ document }}, '{{ call_status.json_path_of_duckdb(path) }}'), ''){%- endmacro %}


{% macro duckdb__json_elements(document, path) -%}
    {%- set at = call_status.json_path_of_duckdb(path) -%}
    case
        when {{ document }} is null then null
        when json_type({{ document }}, '{{ at }}') = 'ARRAY' then json_extract({{ document }}, '{{ at }}[*]')
        else cast([] as json[])
    end
{%- endmacro %}


{% macro duckdb__has_json_text(document, path, texts) -%}
    list_has_any(json_extract_string({{ document }}, '{{ call_status.json_path_of_duckdb(path) }}'), ['{{ texts | join("', '") }}'])
{%- endmacro %}


{% macro duckdb__seconds_of_interval(column) -%}cast(extract(epoch from {{ column }}) as double precision){%- endmacro %}
