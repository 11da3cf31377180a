{#-
    The raw table of a source, or `unreadable_rows`, the rows that the loader refused. By default the table that the variables
    name. Where a model of your own makes the raw table, override default__raw_table by dispatch and return ref() of the model:
    dbt builds it first then. It is a table, a view or incremental; an ephemeral model has no columns to look at.
-#}
{% macro raw_table(name) %}{{ return(adapter.dispatch('raw_table', 'call_status')(name)) }}{% endmacro %}

{% macro default__raw_table(name) %}{{ return(source('call_status', name)) }}{% endmacro %}


{#-
    All rows of a raw table with the columns of `kinds`: name → the kind of value, or name → {column, kind} where the raw column
    has another name. `column` may be a list: the first of them that has a value counts.

    | kind            | gives                                                                                    |
    |-----------------|------------------------------------------------------------------------------------------|
    | text            | the text, null where it is empty                                                         |
    | timestamp       | a time; one without a zone is UTC                                                        |
    | local time      | a time; one without a zone is of the zone call_status_time_zone (read_values.sql)        |
    | number, integer | a number                                                                                 |
    | duration        | a length of time in seconds, and `unread duration` the text that is none                 |
    | json            | the text of a JSON document, null where it is none                                       |

    A column that the table lacks is null; a `required` one stops the run. A table that is not there gives no rows.
-#}
{% macro column_rows(relation, kinds, required=[]) %}
    {%- do call_status.check_raw_names() -%}
    {%- set existing = call_status.get_existing_columns(relation) -%}
    {%- for name in required if existing and not call_status.raw_names(name, kinds[name]) | select('in', existing) | list -%}
        {{ exceptions.raise_compiler_error(
            "The raw table " ~ relation ~ " has no column " ~ call_status.raw_names(name, kinds[name]) | join(' or ') ~ ", which every raw table needs. It has: "
            ~ existing | join(', ') ~ ". Add the column, or point call_status_raw_schema and "
            ~ "call_status_raw_identifiers at a view that has it.") }}
    {%- endfor %}
    select
    {%- for name, kind in kinds.items() %}
        {{ call_status.raw_value(existing, name, kind) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{ 'from ' ~ relation if existing else 'from (select 1 as one) as nothing where 1 = 0' }}
{% endmacro %}


{#- A column of column_rows as SQL on the raw table. `existing`: what get_existing_columns gives of it. -#}
{% macro raw_value(existing, name, kind) -%}
    {%- set found = [] -%}
    {%- for raw_name in call_status.raw_names(name, kind) if raw_name in existing -%}
        {%- do found.append(call_status.raw_column(existing[raw_name], kind.kind or kind)) -%}
    {%- endfor -%}
    {{ 'coalesce(' ~ found | join(', ') ~ ')' if found | length > 1 else found[0] or call_status.raw_column(none, kind.kind or kind) }}
{%- endmacro %}


{#-
    The rows of a small raw table of texts, such as call_status_mappings, as a list of lists; null as empty text. None while dbt parses, and
    where there is no such table. `required`: columns that the table must have; `filled`: those that a row must have, others are passed
    over. `order`: SQL, before the columns themselves.
-#}
{% macro get_text_rows(table, names, required, filled, order=[]) %}
    {%- set found, kinds, fetched = [], {}, [] -%}
    {%- set relation = call_status.raw_table(table) -%}
    {%- for name in names -%}
        {%- do kinds.update({name: 'text'}) -%}
        {%- do fetched.append(call_status.as_fetched("coalesce(" ~ name ~ ", '')")) -%}
    {%- endfor -%}
    {%- if call_status.get_existing_columns(relation) -%}
        {%- set query -%}
            select {{ fetched | join(', ') }}
            from ({{ call_status.column_rows(relation, kinds, required) }}) as texts
            where {{ filled | join(' is not null and ') }} is not null
            order by {{ (order + names) | join(', ') }}
        {%- endset -%}
        {%- for row in call_status.fetch(query) -%}
            {%- set texts = [] -%}
            {%- for value in row -%}{%- do texts.append(call_status.fetched_text(value)) -%}{%- endfor -%}
            {%- do found.append(texts) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{#- The lower-case names of the raw columns that a column is read from. -#}
{% macro raw_names(name, kind) %}
    {%- set names = kind.column or name -%}
    {{ return([names] if names is string else names) }}
{% endmacro %}


{#- When a row reached the warehouse: as scripts/load says it, or the connector that filled the table. -#}
{% macro loaded_at_column() %}
    {{ return({'column': ['loaded_at', '_fivetran_synced', '_airbyte_extracted_at', '_sdc_batched_at'], 'kind': 'timestamp'}) }}
{% endmacro %}


{#- One column of a raw table, as SQL of the wanted kind; null where the table has no such column (none). -#}
{% macro raw_column(column, kind) -%}
    {%- set name = adapter.quote(column.name) if column -%}
    {%- if not column -%}
        cast(null as {{ {
            'text': dbt.type_string(), 'unread duration': dbt.type_string(), 'json': dbt.type_string(), 'timestamp': dbt.type_timestamp(), 'local time': dbt.type_timestamp(),
            'number': call_status.type_double(), 'duration': call_status.type_double(), 'integer': 'integer',
        }[kind] }})
    {%- elif kind == 'timestamp' -%}
        {%- set type = column.data_type -%}
        {{ call_status.time_of_epoch(name) if call_status.is_numeric_type(type) else call_status.utc_timestamp(name, type) }}
    {%- elif kind == 'local time' -%}
        {{ call_status.local_time(name, column.data_type) }}
    {%- elif kind == 'number' -%}
        {{ call_status.safe_double(name, column.data_type) }}
    {%- elif kind == 'duration' -%}
        {{ call_status.duration_seconds(name, column.data_type) }}
    {%- elif kind == 'unread duration' -%}
        {{ call_status.unread_duration(name, column.data_type) }}
    {%- elif kind == 'json' -%}
        {{ call_status.json_document(name, column.data_type) }}
    {%- elif kind == 'integer' -%}
        cast({{ name }} as integer)
    {%- else -%}
        nullif(cast({{ name }} as {{ dbt.type_string() }}), '')
    {%- endif -%}
{%- endmacro %}


{#- Lower-case name → column of a relation; empty while dbt parses and where there is no such relation. -#}
{% macro get_existing_columns(relation) %}
    {%- set columns = {} -%}
    {%- if execute and relation is not none -%}
        {%- set found = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {%- if found -%}
            {%- for column in adapter.get_columns_in_relation(found) -%}
                {%- do columns.update({column.name | lower: column}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}
