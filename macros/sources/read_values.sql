{#- How values of raw tables are read that systems write in many ways: white space, lengths of time, numbers that are withheld. -#}

{#- A text without white space at its ends: blank, tab, line ends, no-break space (which become blanks within it). -#}
{% macro trimmed_text(text) -%}
    trim(replace(replace(replace(replace({{ text }}, ' ', ' '), chr(9), ' '), chr(10), ' '), chr(13), ' '))
{%- endmacro %}


{#- Whether a data type, as the engine names it, is one of numbers. -#}
{% macro is_numeric_type(data_type) %}
    {%- set type = data_type | lower -%}
    {{ return(modules.re.match('^u?(tiny|small|big|huge)?int(eger)?[0-9]*$|^(long|short|byte|double|double precision|real|number|numeric|decimal|float)', type) is not none) }}
{% endmacro %}


{#-
    The time (UTC) of a number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by which of them lies in
    1990 to 2099. Null for any other number. Counted in decimals: an integer could overflow, a double would be a microsecond off.
-#}
{% macro time_of_epoch(column) -%}
    {%- set number = 'cast(' ~ column ~ ' as ' ~ dbt.type_numeric() ~ ')' -%}
    case
        {%- for units_a_second, microseconds in [(1, '1000000'), (1000, '1000'), (1000000, '1'), (1000000000, '0.001')] %}
        when {{ column }} >= {{ 631152000 * units_a_second }} and {{ column }} < {{ 4102444800 * units_a_second }}
            then {{ call_status.from_epoch_microseconds('cast(floor(' ~ number ~ ' * ' ~ microseconds ~ ') as ' ~ dbt.type_bigint() ~ ')') }}
        {%- endfor %}
    end
{%- endmacro %}


{#-
    A time (UTC) as phone systems write it: seconds, milliseconds or microseconds since 1970; ISO 8601; RFC 2822, such as
    `Tue, 01 Nov 2016 01:59:13 +0000`. `UTC` behind it is an offset, too. What names no zone is of the zone call_status_time_zone. Null for anything else.
-#}
{% macro local_time(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- set zone = call_status.setting('time_zone') -%}
    {%- if call_status.is_numeric_type(type) -%}
        {{ call_status.time_of_epoch(column) }}
    {%- elif 'char' in type or type in ['text', 'string', 'json', 'jsonb'] -%}
        {%- set text = "replace(trim(cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")), ' UTC', ' +0000')" -%}
        coalesce(
            {{ call_status.time_of_epoch(call_status.safe_double(text)) }},
            case
                when {{ call_status.text_matches(text, '^[A-Za-z]{3}, [0-9]{1,2} [A-Za-z]{3} [0-9]{4} ') }}
                    then {{ call_status.utc_timestamp(call_status.rfc_2822_as_iso(text), 'text') }}
                when {{ call_status.text_matches(text, call_status.offset_pattern()) }}
                    then {{ call_status.utc_timestamp(text, 'text') }}
                else {{ call_status.in_utc(call_status.utc_timestamp(text, 'text'), zone) }}
            end
        )
    {%- elif 'zone' in type and 'without' not in type or type in ['timestamptz', 'timestamp_tz', 'timestamp_ltz'] -%}
        {{ call_status.utc_timestamp(column, data_type) }}
    {%- else -%}
        {{ call_status.in_utc(call_status.utc_timestamp(column, data_type), zone) }}
    {%- endif -%}
{%- endmacro %}


{#- The UTC time of a time by the clocks of a zone. -#}
{% macro in_utc(moment, zone) -%}
    {{ moment if zone == 'UTC' else call_status.zone_to_utc(moment, zone) }}
{%- endmacro %}


{#- A text such as `Tue, 01 Nov 2016 01:59:13 +0000` as `2016-11-01 01:59:13 +0000`. -#}
{% macro rfc_2822_as_iso(text) -%}
    {%- set parts = [] -%}
    {%- for place in range(2, 7) -%}{%- do parts.append(dbt.split_part(text, "' '", place)) -%}{%- endfor -%}
    {{ parts[2] }} || '-' || case lower({{ parts[1] }})
        {%- for month in ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] %}
        when '{{ month }}' then '{{ '%02d' % loop.index }}'
        {%- endfor %}
    end || '-' || case when length({{ parts[0] }}) = 1 then '0' else '' end || {{ parts[0] }} || ' ' || {{ parts[3] }}
    || case when {{ parts[4] }} in ('GMT', 'UTC', 'Z', '') then 'Z' else {{ parts[4] }} end
{%- endmacro %}


{#-
    A length of time in seconds, from a number, a time of day, an interval, or a text: `12`, `12.5`, `12,5`, `12 s`, `mm:ss`,
    `hh:mm:ss`. Null for anything else, for negative and for infinite lengths.
-#}
{% macro duration_seconds(column, data_type) -%}
    {%- set type = data_type | lower -%}
    {%- if type.startswith('time') and not type.startswith('timestamp') or 'interval' in type -%}
        {%- set seconds = call_status.seconds_of_interval(column) -%}
    {%- elif 'char' in type or type in ['text', 'string', 'json', 'jsonb'] -%}
        {%- set text = call_status.trimmed_text('lower(cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ '))') -%}
        {%- set number = 'replace(' ~ call_status.trimmed_text("replace(" ~ text ~ ", 's', ' ')") ~ ", ',', '.')" -%}
        {%- set parts = [] -%}
        {%- for place in [1, 2, 3] -%}
            {%- do parts.append(call_status.safe_double(dbt.split_part(number, "':'", place))) -%}
        {%- endfor -%}
        {%- set seconds -%}
            case
                when {{ text }} like '%-%' then null
                when {{ number }} like '%:%:%:%' then null
                when {{ number }} like '%:%:%' then {{ parts[0] }} * 3600 + {{ parts[1] }} * 60 + {{ parts[2] }}
                when {{ number }} like '%:%' then {{ parts[0] }} * 60 + {{ parts[1] }}
                else {{ call_status.safe_double(number) }}
            end
        {%- endset -%}
    {%- else -%}
        {%- set seconds = call_status.safe_double(column, data_type) -%}
    {%- endif -%}
    case when {{ seconds }} between 0 and 1e12 then {{ seconds }} end
{%- endmacro %}


{#-
    What stands where duration_seconds reads nothing, as text; null where it reads a length or nothing is sent. Engines write
    numbers in different ways, so a number is told by what is wrong with it.
-#}
{% macro unread_duration(column, data_type) -%}
    case
        when {{ call_status.duration_seconds(column, data_type) }} is not null then null
        {%- if call_status.is_numeric_type(data_type) %}
        when {{ column }} < 0 then 'below 0'
        when {{ column }} is not null then 'not a length'
        {%- else %}
        else nullif(cast({{ column }} as {{ dbt.type_string() }}), '')
        {%- endif %}
    end
{%- endmacro %}


{#- A number without blanks, brackets and other marks that people write into it, in lower case. Null for null. -#}
{% macro bare_number(column) -%}
    {%- set bare = namespace(text='lower(' ~ column ~ ')') -%}
    {%- for mark in [' ', '(', ')', '-', '.', '/', "'", '=', '"'] -%}
        {%- set bare.text = 'replace(' ~ bare.text ~ ", " ~ call_status.text_literal(mark) ~ ", '')" -%}
    {%- endfor -%}
    {{ bare.text }}
{%- endmacro %}


{#- True for a full international number, seen at a glance. Null for null. -#}
{% macro is_full_number(column) -%}
    ({{ column }} like '+%' and {{ column }} not like '+0%' and length({{ column }}) >= 12)
{%- endmacro %}


{#- The bare_number, where `given_number` has to look at it; else null. A CTE of its own: so it is made once, and of few numbers. -#}
{% macro bare_unless_full(column) -%}
    case when {{ column }} is not null and not {{ call_status.is_full_number(column) }} then {{ call_status.bare_number(column) }} end
{%- endmacro %}


{#-
    A number as it was sent; null where it says that the number is withheld: a word such as `anonymous`, -1, zeros only, or the
    digits that spell ANONYMOUS or RESTRICTED on a keypad. `bare`: the column of its `bare_unless_full`.
-#}
{% macro given_number(column, bare) -%}
    case
            when {{ bare }} is null then {{ column }}
            {%- for word in ['', 'anonymous', 'unknown', 'restricted', 'private', 'withheld', 'unavailable'] %}
            when {{ bare }} = '{{ word }}' then null
            {%- endfor %}
            when {{ bare }} like 'anonymous@%' or {{ bare }} like 'sip:anonymous@%' or trim({{ column }}) = '-1' then null
            when replace(replace({{ bare }}, '+', ''), '0', '') in ('', '266696687', '7378742833') then null
            else {{ column }}
        end
{%- endmacro %}


{#- A time so many seconds (SQL, a number that may be below 0) later. Null where either is null. -#}
{% macro seconds_later(moment, seconds) -%}
    {{ call_status.from_epoch_microseconds('(' ~ call_status.epoch_microseconds(moment) ~ ' + cast(round(' ~ seconds ~ ' * 1000000) as ' ~ dbt.type_bigint() ~ '))') }}
{%- endmacro %}


{#- The source_system of a record: the source, and behind a colon the instance that its raw table names. Reads source_instance. -#}
{% macro instance_of(source) -%}
    case when source_instance is null then '{{ source }}' else '{{ source }}:' || source_instance end
{%- endmacro %}
