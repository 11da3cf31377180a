{#-
    What a firm says of itself: its numbers, its agents, its business hours. Three raw tables, each of which may be missing.
    They hold no events. `scripts/load` fills them, or anything else: so a value may be of any type, and may be wrong. What is wrong
    stops no run. It is left out, and a run says so before any model (firm_problems).

    The tables are append-only. The newest load of a number or of an agent counts. Hours are replaced whole: the newest load that
    names a number says all of its hours.
-#}

{#- The raw tables of the firm. -#}
{% macro get_firm_tables() %}
    {{ return(['phone_numbers', 'agents', 'business_hours']) }}
{% endmacro %}


{#- What stands for a word that says yes or no, in lower case. The loader reads these lists as well. -#}
{% macro truth_words() %}
    {{ return({'yes': ['true', 't', 'yes', 'y', 'on', '1', '1.0'], 'no': ['false', 'f', 'no', 'n', 'off', '0', '0.0']}) }}
{% endmacro %}


{#- The two letters of every country (ISO 3166-1), and XK, which telephony uses for Kosovo. The loader reads this list as well. -#}
{% macro country_codes() %}
    {{ return((
        'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH'
        ' CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM'
        ' GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB'
        ' LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR'
        ' NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX'
        ' SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW'
    ).split()) }}
{% endmacro %}


{#- A text without white space at its ends; null where nothing is left. -#}
{% macro given_text(text) -%}nullif({{ call_status.trimmed_text(text) }}, ''){%- endmacro %}


{#- A text that says yes or no as a boolean; null for any other. -#}
{% macro truth_of(text) -%}
    case
            when lower({{ text }}) in ({{ call_status.text_literals(call_status.truth_words()['yes']) }}) then true
            when lower({{ text }}) in ({{ call_status.text_literals(call_status.truth_words()['no']) }}) then false
        end
{%- endmacro %}


{#-
    Minutes since midnight of a text such as `9:00`, `09:00`, `17:30:00`, `24:00`; null for any other. Seconds are rounded, so that
    23:59:59 is midnight.
-#}
{% macro minutes_of_day(text) -%}
    {%- set parts = [] -%}
    {%- for place in [1, 2, 3] -%}{%- do parts.append(call_status.safe_double(dbt.split_part(text, "':'", place))) -%}{%- endfor -%}
    case
            when {{ call_status.text_matches(text, '^(([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?|24:00(:00([.]0+)?)?)$') }}
            then cast(floor({{ parts[0] }} * 60 + {{ parts[1] }} + (coalesce({{ parts[2] }}, 0) + 30) / 60) as integer)
        end
{%- endmacro %}


{#- A text such as `2026-12-25`, also with a midnight behind it, as a date; null for any other. -#}
{% macro date_of(text) -%}
    case
            when {{ call_status.text_matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00(:00([.]0+)?)?)?$') }}
            then cast({{ call_status.utc_timestamp('substr(' ~ text ~ ', 1, 10)', 'text') }} as date)
        end
{%- endmacro %}


{#- An order in which the newest load comes first, and of one load always the same row. `texts`: columns that tell rows apart. -#}
{% macro newest_first(texts) -%}
    case when loaded_at is null then 1 else 0 end, loaded_at desc
    {%- for text in texts %}, {{ call_status.binary_text("coalesce(" ~ text ~ ", '')") }} desc{% endfor %}
{%- endmacro %}


{#-
    One row per row of a raw table of the firm: its columns as text, and loaded_at. `columns`: ours → what the raw table calls it, or
    a list of what it may. `loaded_at`: as column_rows takes it.
-#}
{% macro firm_text_rows(table, loaded_at, columns) %}
    {%- set read = {'loaded_at': loaded_at} -%}
    {%- for name, theirs in columns.items() -%}{%- do read.update({name: {'column': theirs, 'kind': 'text'}}) -%}{%- endfor %}
    select
        {%- for name in columns %}
        {{ call_status.given_text(name) }} as {{ name }},
        {%- endfor %}
        loaded_at
    from (
        {{ call_status.column_rows(call_status.raw_table(table), read) }}
    ) as raw_rows
{% endmacro %}


{#-
    One row per number: what was loaded of it last, as text, and beside it what is read of it. A row without a number is kept, for
    firm_problems.
-#}
{% macro phone_number_rows() %}
    {%- set texts = ['number_name', 'team', 'country_text', 'time_zone_text', 'after_hours_text'] %}
    select
        business_number,
        number_name,
        team,
        country_text,
        time_zone_text,
        after_hours_text,
        case when upper(country_text) in ({{ call_status.text_literals(call_status.country_codes()) }}) then upper(country_text) end as country,
        case when time_zone_text in ({{ call_status.text_literals(modules.pytz.all_timezones) }}) then time_zone_text end as time_zone,
        {{ call_status.truth_of('after_hours_text') }} as has_after_hours_message
    from (
        select
            *,
            row_number() over (
                partition by {{ call_status.number_key('business_number') }}
                order by {{ call_status.newest_first(['business_number'] + texts) }}
            ) as place
        from (
            {{ call_status.firm_text_rows('phone_numbers', call_status.loaded_at_column(), {
                'business_number': ['number', 'business_number'],
                'number_name': ['name', 'number_name'],
                'team': 'team',
                'country_text': 'country',
                'time_zone_text': 'time_zone',
                'after_hours_text': 'has_after_hours_message',
            }) }}
        ) as texts
    ) as placed
    where place = 1 or business_number is null
{% endmacro %}


{#- One row per agent: what was loaded of the agent last. A row without an agent is kept, for firm_problems. -#}
{% macro agent_rows() %}
    {%- set texts = ['agent_name', 'team', 'active_text'] %}
    select
        agent_id,
        agent_name,
        team,
        active_text,
        {{ call_status.truth_of('active_text') }} as is_active
    from (
        select
            *,
            row_number() over (partition by agent_id order by {{ call_status.newest_first(texts) }}) as place
        from (
            {{ call_status.firm_text_rows('agents', call_status.loaded_at_column(), {
                'agent_id': 'agent_id',
                'agent_name': ['name', 'agent_name'],
                'team': 'team',
                'active_text': 'is_active',
            }) }}
        ) as texts
    ) as placed
    where place = 1 or agent_id is null
{% endmacro %}


{#-
    One row per opening and closed day that the newest load of a number says, as text, and beside it what is read of it. Only
    `loaded_at` tells a load: a connector's own time of a row is another one in each row, and its table holds what is true now.
-#}
{% macro business_hours_rows() %}
    {%- set texts = ['weekday_text', 'date_text', 'opens_text', 'closes_text'] %}
    select
        *,
        case when {{ call_status.safe_double('weekday_text') }} in (1, 2, 3, 4, 5, 6, 7) then cast({{ call_status.safe_double('weekday_text') }} as integer) end as weekday,
        {{ call_status.date_of('date_text') }} as on_date,
        {{ call_status.minutes_of_day('opens_text') }} as opens_at,
        {{ call_status.minutes_of_day('closes_text') }} as closes_at
    from (
        select distinct
            business_number,
            {{ texts | join(', ') }}
        from (
            select
                *,
                max(loaded_at) over (partition by {{ call_status.number_key('business_number') }}) as newest_loaded_at
            from (
                {{ call_status.firm_text_rows('business_hours', 'timestamp', {
                    'business_number': ['business_number', 'number'],
                    'weekday_text': 'weekday',
                    'date_text': ['date', 'on_date'],
                    'opens_text': 'opens_at',
                    'closes_text': 'closes_at',
                }) }}
            ) as texts
        ) as dated
        where newest_loaded_at is null or loaded_at = newest_loaded_at
    ) as current_rows
{% endmacro %}


{#- Whether a row of business_hours_rows says an opening or a closed day. -#}
{% macro is_usable_hours_row() -%}
    not (
        {%- for problem in call_status.firm_problems()['business_hours'] %}
        {{ 'or ' if not loop.first }}{{ problem.where }}
        {%- endfor %}
    )
{%- endmacro %}


{#-
    What may be wrong with a row of each table: a list of {where, says}. No condition is ever null. A row of business hours with which
    something is wrong is not used. The other tables lose the value alone, or a row that names nothing.
-#}
{% macro firm_problems() %}
    {{ return({
        'phone_numbers': [
            {'where': 'business_number is null', 'says': 'there is no number, so the row is not used'},
            {'where': 'time_zone_text is not null and time_zone is null', 'says': 'time_zone is not a name such as Europe/London, so it counts as empty'},
            {'where': 'country_text is not null and country is null', 'says': 'country is not the two letters of a country, so it counts as empty'},
            {'where': 'after_hours_text is not null and has_after_hours_message is null', 'says': 'has_after_hours_message is neither true nor false, so it counts as false'},
        ],
        'agents': [
            {'where': 'agent_id is null', 'says': 'there is no agent_id, so the row is not used'},
            {'where': 'active_text is not null and is_active is null', 'says': 'is_active is neither true nor false, so it counts as true'},
        ],
        'business_hours': [
            {'where': '(weekday_text is null and date_text is null)', 'says': 'there is neither a weekday nor a date, so the row is not used'},
            {'where': '(weekday_text is not null and date_text is not null)', 'says': 'there are a weekday and a date, so the row is not used'},
            {'where': '(weekday_text is not null and weekday is null)', 'says': 'weekday is not 1 (Monday) to 7 (Sunday), so the row is not used'},
            {'where': '(date_text is not null and on_date is null)', 'says': 'date is not written like 2026-12-25, so the row is not used'},
            {'where': '(opens_text is not null and (opens_at is null or opens_at = 1440))', 'says': 'opens_at is not written like 09:00, so the row is not used'},
            {'where': '(closes_text is not null and closes_at is null)', 'says': 'closes_at is not written like 17:30, so the row is not used'},
            {'where': '((opens_text is null and closes_text is not null) or (opens_text is not null and closes_text is null))', 'says': 'there is only one of opens_at and closes_at, so the row is not used'},
        ],
    }) }}
{% endmacro %}


{#- The rows of a table of the firm that count now, with what is wrong with them. -#}
{% macro firm_rows(table) %}
    {{ return({
        'phone_numbers': call_status.phone_number_rows, 'agents': call_status.agent_rows, 'business_hours': call_status.business_hours_rows,
    }[table]()) }}
{% endmacro %}
