{#-
    Local time: by the clocks of the business number's own zone, else of call_status_time_zone. The zones are looked up before the
    query, because engines convert quickly only by a zone that stands in the query.
-#}

{#-
    Number key, country and zone of the numbers that the firm has described, as a list of lists; null as empty text. The relation is
    looked up by name, so a model that calls this needs a ref to it, or to a model behind it.
-#}
{% macro get_described_numbers() %}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set known = call_status.looked_up() -%}
    {%- if 'described numbers' not in known -%}{%- do known.setdefault('described numbers', call_status.find_described_numbers()) -%}{%- endif -%}
    {{ return(known['described numbers']) }}
{% endmacro %}


{#- The same, looked up. -#}
{% macro find_described_numbers() %}
    {%- set numbers = call_status.get_relation_of_model('int_phone_numbers') -%}
    {%- set found = [] -%}
    {%- if numbers -%}
        {%- set columns = [] -%}
        {%- for name in ['number_key', "coalesce(country, '')", "coalesce(time_zone, '')"] -%}{%- do columns.append(call_status.as_fetched(name)) -%}{%- endfor -%}
        {%- for row in call_status.fetch('select ' ~ columns | join(', ') ~ ' from ' ~ numbers ~ ' order by number_key') -%}
            {%- do found.append([call_status.fetched_text(row[0]), call_status.fetched_text(row[1]), call_status.fetched_text(row[2])]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{#- The zones of the firm's numbers. -#}
{% macro get_number_zones() %}
    {{ return(call_status.get_described_numbers() | map(attribute=2) | select | unique | sort) }}
{% endmacro %}


{#- What the clocks of a zone (Jinja) show at a UTC time. -#}
{% macro in_zone(moment, zone) -%}
    {{ moment if zone == 'UTC' else call_status.utc_to_zone(moment, zone) }}
{%- endmacro %}


{#- What the clocks of a number's zone show at a UTC time. `zone`: a column with the zone, null for call_status_time_zone. -#}
{% macro local_moment(moment, zone) -%}
    {%- set zones = call_status.get_number_zones() -%}
    {%- set otherwise = call_status.in_zone(moment, call_status.setting('time_zone')) -%}
    {%- if zones -%}
    case {{ zone }}
            {%- for name in zones %}
            when '{{ name }}' then {{ call_status.in_zone(moment, name) }}
            {%- endfor %}
            else {{ otherwise }}
        end
    {%- else -%}
    {{ otherwise }}
    {%- endif -%}
{%- endmacro %}


{#- The day of the week of a date or timestamp, 1 (Monday) to 7. Null for null. -#}
{% macro weekday(moment) -%}
    cast({{ dbt.datediff(dbt.date_trunc('week', moment), moment, 'day') }} + 1 as integer)
{%- endmacro %}


{#- The minute of the day of a timestamp, 0 to 1439. Null for null. -#}
{% macro minute_of_day(moment) -%}
    cast(extract(hour from {{ moment }}) * 60 + extract(minute from {{ moment }}) as integer)
{%- endmacro %}


{#-
    One row per day (date_day) from the year before the first time in a column of a relation to the end of the year after the run.
    The relation is asked for that time before the query.
-#}
{% macro day_rows(relation, moment) %}
    {%- set first = namespace(year=call_status.run_clock().year) -%}
    {%- if execute and adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
        {%- set found = call_status.fetch('select ' ~ call_status.as_fetched('min(' ~ moment ~ ')') ~ ' from ' ~ relation)[0][0] -%}
        {%- if found is not none -%}{%- set first.year = [first.year, call_status.fetched_timestamp(found).year] | min -%}{%- endif -%}
    {%- endif %}
    {%- set from_year, to_year = first.year - 1, call_status.run_clock().year + 2 -%}
    {%- set days = (modules.datetime.date(to_year, 1, 1) - modules.datetime.date(from_year, 1, 1)).days %}
    select cast({{ dbt.dateadd('day', 'generated_number - 1', "cast('" ~ from_year ~ "-01-01' as date)") }} as date) as date_day
    from ({{ dbt.generate_series(days) }}) as numbers
{% endmacro %}
