{#-
    The registry of variables: what each accepts. Meanings: README.md. Defaults stand in dbt_project.yml and once more here,
    for models of other projects, which do not see those; a test compares the two.
-#}
{% macro variable_kinds() %}
    {{ return({
        'as_of': {'default': none, 'kind': 'timestamp', 'allowed': "an ISO 8601 timestamp such as '2026-03-16 06:00:00' (UTC unless it has an offset, years 1900 to 9998), or nothing for the start of the run"},
        'open_call_timeout_hours': {'default': 24, 'kind': 'number', 'above': 0, 'allowed': 'a number of hours above 0, at most 1000000'},
        'min_voicemail_seconds': {'default': 1, 'kind': 'number', 'from': 0, 'allowed': 'a number of seconds from 0 to 1000000'},
        'reject_rule': {'default': 'all', 'kind': 'choice', 'choices': ['all', 'any'], 'allowed': "'all' or 'any'"},
        'backfill_days': {'default': none, 'kind': 'days', 'allowed': "a list of two days, the first and the last, such as ['2026-03-01', '2026-03-03'], or nothing"},
        'backfill_calls': {'default': none, 'kind': 'texts', 'allowed': "a list of call ids, such as ['c0000069'], or nothing"},
        'backfill_sources': {'default': none, 'kind': 'texts', 'allowed': "a list of source systems, such as ['canonical'], or nothing"},
        'backfill_takes_back': {'default': false, 'kind': 'flag', 'allowed': 'true or false'},
        'warn_refused_share': {'default': 0.01, 'kind': 'number', 'from': 0, 'to': 1, 'allowed': 'a share from 0 to 1'},
        'pii': {'default': 'keep', 'kind': 'choice', 'choices': ['keep', 'hash', 'drop'], 'allowed': "'keep', 'hash' or 'drop'"},
        'service_level_seconds': {'default': 20, 'kind': 'number', 'above': 0, 'allowed': 'a number of seconds above 0, at most 1000000'},
        'short_abandon_seconds': {'default': 5, 'kind': 'number', 'from': 0, 'allowed': 'a number of seconds from 0 to 1000000'},
        'callback_window_hours': {'default': 72, 'kind': 'number', 'above': 0, 'to': 8760, 'allowed': 'a number of hours above 0, at most 8760'},
        'time_zone': {'default': 'UTC', 'kind': 'zone', 'allowed': "the name of a time zone, such as 'Europe/Berlin'"},
        'count_loads_of_days': {'default': none, 'kind': 'days_back', 'allowed': 'a whole number of days from 1 to 100000, or nothing for all loads'},
        'raw_database': {'default': none, 'kind': 'name or none', 'allowed': "the name of a database (letters, digits, blanks and _ - $), or nothing for the target's"},
        'raw_schema': {'default': 'raw', 'kind': 'name', 'allowed': 'the name of a schema (letters, digits, blanks and _ - $)'},
        'raw_identifiers': {'default': {}, 'kind': 'raw tables', 'allowed': 'a dictionary of raw tables and their names (letters, digits, blanks and _ - $). Raw tables: '},
        'canonical_identifier': {'default': 'call_events', 'kind': 'name', 'allowed': 'the name of a table (letters, digits, blanks and _ - $)'},
        'sources': {'default': ['canonical'], 'kind': 'sources', 'allowed': 'a list of these: '},
    }) }}
{% endmacro %}


{#- The raw tables that call_status_raw_identifiers may name. -#}
{% macro get_renamable_tables() %}
    {%- set names = ['call_events', 'call_events_unreadable', 'call_log_statuses', 'call_status_mappings', 'call_status_pii_key', 'call_status_horizons'] + call_status.get_firm_tables() -%}
    {%- for tables in call_status.get_sources().values() -%}{%- do names.extend(tables | reject('equalto', 'canonical')) -%}{%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#- The value of a variable (named without its prefix), or an error that says what it may be. -#}
{% macro setting(name) %}
    {%- set rule = call_status.variable_kinds()[name] -%}
    {%- set value = var('call_status_' ~ name, rule['default']) -%}
    {%- set kind = rule['kind'] -%}
    {%- set listed = call_status.get_renamable_tables() if kind == 'raw tables' else call_status.get_source_names() if kind == 'sources' else [] -%}

    {%- if kind == 'number' -%}
        {%- set ok = value is number and value is not boolean
            and value <= rule.get('to', 1000000)
            and value >= rule.get('from', value)
            and (value > rule['above'] if 'above' in rule else true) -%}
    {%- elif kind == 'flag' -%}
        {%- set ok = value is boolean -%}
    {%- elif kind == 'choice' -%}
        {%- set ok = value is string and value in rule['choices'] -%}
    {%- elif kind == 'days_back' -%}
        {%- set ok = value is none or (value is integer and value is not boolean and value >= 1 and value <= 100000) -%}
    {%- elif kind in ('name', 'name or none') -%}
        {%- set ok = call_status.is_name(value) or (value is none and kind == 'name or none') -%}
    {%- elif kind == 'zone' -%}
        {%- set ok = value is string and value in modules.pytz.all_timezones_set -%}
    {%- elif kind == 'raw tables' -%}
        {%- set found = [] -%}
        {%- for key in (value if value is mapping else []) if key in listed and call_status.is_name(value[key]) -%}
            {%- do found.append(key) -%}
        {%- endfor -%}
        {%- set ok = value is mapping and value | reject('in', found) | list | length == 0 -%}
    {%- elif kind == 'sources' -%}
        {%- set ok = value is sequence and value is not string and value is not mapping
            and value | reject('in', listed) | list | length == 0 -%}
    {%- elif kind in ('days', 'texts') -%}
        {%- set ok = value is none or (value is sequence and value is not string and value is not mapping
            and (call_status.are_days(value) if kind == 'days' else value | reject('string') | list | length == 0)) -%}
    {%- elif kind == 'timestamp' -%}
        {%- set ok = value is none or call_status.parse_timestamp(value) is not none -%}
    {%- endif -%}

    {%- if not ok -%}
        {{ exceptions.raise_compiler_error(
            "call_status_" ~ name ~ " is " ~ tojson(value, value | string) ~ "; it takes " ~ rule['allowed'] ~ listed | join(', ') ~ ".") }}
    {%- endif -%}
    {{ return(value) }}
{% endmacro %}


{#-
    Whether a value is the name of a database, schema or table: letters, digits, `_`, `-`, `$`, and blanks inside. A quote or a
    line break would end the name in SQL.
-#}
{% macro is_name(value) %}
    {{ return(value is string and modules.re.fullmatch('[\\w$-]([\\w$ -]*[\\w$-])?', value) is not none) }}
{% endmacro %}


{#-
    The names of raw tables have their allowed form. Commands that run no hook, such as `dbt compile` and `dbt run-operation`,
    read raw tables too.
-#}
{% macro check_raw_names() %}
    {%- for name in ['raw_database', 'raw_schema', 'raw_identifiers', 'canonical_identifier'] -%}
        {%- do call_status.setting(name) -%}
    {%- endfor -%}
{% endmacro %}


{#- Whether a list is empty or holds two days, in order. -#}
{% macro are_days(values) %}
    {%- set found = [] -%}
    {%- for value in values if value | string | length == 10 and call_status.parse_timestamp(value) is not none -%}
        {%- do found.append(call_status.parse_timestamp(value)) -%}
    {%- endfor -%}
    {{ return(found | length == values | length and (values | length == 0 or (values | length == 2 and found[0] <= found[1]))) }}
{% endmacro %}


{#- A Python datetime (naive, UTC) from ISO 8601 text or a YAML timestamp; none where it is neither. -#}
{% macro parse_timestamp(value) %}
    {%- set text = (value | string | trim).replace('Z', '+00:00') -%}
    {%- set shape = '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([ T]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,6})?)?([+-]([01]\\d|2[0-3]):?[0-5]\\d)?)?$' -%}
    {%- if not modules.re.match(shape, text) -%}
        {{ return(none) }}
    {%- endif -%}
    {#- Jinja cannot catch an exception, so days that their month does not have are sorted out first. -#}
    {%- set year, month, day = text[0:4] | int, text[5:7] | int, text[8:10] | int -%}
    {%- set leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
    {%- if year < 1900 or year > 9998 or day > [31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(text) -%}
    {%- if moment.tzinfo is not none -%}
        {%- set moment = (moment - moment.utcoffset()).replace(tzinfo=none) -%}
    {%- endif -%}
    {{ return(moment) }}
{% endmacro %}


{#- Runs before any model: every variable has an allowed value, and no call_status_* name on the command line is unknown. -#}
{% macro validate_variables() %}
    {%- set known = call_status.variable_kinds() -%}
    {%- for name in known -%}
        {%- do call_status.setting(name) -%}
    {%- endfor -%}
    {%- set given = invocation_args_dict.get('vars') or {} -%}
    {%- set given = fromyaml(given) if given is string else given -%}
    {%- for name in given if name.startswith('call_status_') and name[12:] not in known -%}
        {{ exceptions.raise_compiler_error(
            "There is no variable " ~ name ~ ". Known: call_status_" ~ known | join(', call_status_') ~ ".") }}
    {%- endfor -%}
{% endmacro %}
