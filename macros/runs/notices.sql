{#- What a run notices of itself (docs/notices.md): source_activity and status_shares. Local time is that of fct_calls_hourly. -#}

{#-
    From when on something is worth a word. For limits of your own, override default__notice_limits by dispatch, as with status_rules.
    weeks_compared      a share is compared with those of the same weekday in so many weeks before
    least_weeks         of them so many need calls of that source and direction. And an hour is one at which a source is never quiet
                        where it had calls at that hour in each of so many weeks before
    days_judged         so many days are judged, today included
    missing_calls       quiet: at least so many calls would have come, going by the quietest of those weeks
    least_calls         a share of fewer calls is never unusual
    share_difference    nor is one that lies nearer to the usual share
    deviations          nor one that lies within so many times the usual spread
-#}
{% macro notice_limits() %}{{ return(adapter.dispatch('notice_limits', 'call_status')()) }}{% endmacro %}
{% macro default__notice_limits() %}
    {{ return({
        'weeks_compared': 8,
        'least_weeks': 4,
        'days_judged': 8,
        'missing_calls': 10,
        'least_calls': 30,
        'share_difference': 0.05,
        'deviations': 5,
    }) }}
{% endmacro %}


{% macro notice_limit(name) %}{{ return(call_status.notice_limits()[name]) }}{% endmacro %}


{#- 1, 2 … up to the number of weeks in which an hour must have had calls. -#}
{% macro get_weeks_of_an_hour() %}{{ return(range(1, call_status.notice_limit('least_weeks') + 1)) }}{% endmacro %}


{#-
    What the clocks show at the clock of the run, a datetime without a zone. Where numbers have zones of their own it is the clock that is
    behind all others, so that an hour is over everywhere.
    Reads what local_moment reads, so a model that calls this needs the same ref.
-#}
{% macro get_local_clock() %}
    {%- set utc, clocks = modules.pytz.utc.localize(call_status.run_clock()), [] -%}
    {%- for zone in call_status.get_number_zones() + [call_status.setting('time_zone')] -%}
        {%- do clocks.append(utc.astimezone(modules.pytz.timezone(zone)).replace(tzinfo=none)) -%}
    {%- endfor -%}
    {{ return(clocks | min) }}
{% endmacro %}


{#- The local date some days before that of the clock. -#}
{% macro date_before(clock, days) -%}
    cast('{{ (clock - modules.datetime.timedelta(days=days)).date() }}' as date)
{%- endmacro %}


{#- The hour that the clock has begun, from 0. -#}
{% macro hour_of_clock(clock) -%}{{ clock.hour }}{%- endmacro %}


{#- The hour that an hour of fct_calls_hourly begins with, as a timestamp. -#}
{% macro start_of_hour(local_date, local_hour) -%}
    {{ dbt.dateadd('hour', local_hour, 'cast(' ~ local_date ~ ' as ' ~ dbt.type_timestamp() ~ ')') }}
{%- endmacro %}


{#-
    How many times the usual spread a share lies from the usual one. The spread is the median distance of the shares before, times
    1.4826, which makes it a standard deviation where they are spread normally. It is never less than what chance alone would do to a
    share of so many calls.
-#}
{% macro deviation_of_share(share, usual_share, median_distance, calls) -%}
    {%- set likely = '((' ~ usual_share ~ ' * ' ~ calls ~ ' + 1) / (' ~ calls ~ ' + 2))' -%}
    ({{ share }} - {{ usual_share }}) / greatest(1.4826 * {{ median_distance }}, power({{ likely }} * (1 - {{ likely }}) / {{ calls }}, 0.5))
{%- endmacro %}


{#- The unusual shares of each source's newest day, today or yesterday: what was said of a day is not said for a week. -#}
{% macro unusual_share_rows(shares) %}
    select
        source_system,
        direction,
        status,
        local_date,
        share,
        usual_share,
        deviation
    from (
        select
            *,
            max(local_date) over (partition by source_system) as newest_date
        from {{ shares }}
    ) as with_newest
    where
        is_unusual
        and local_date = newest_date
        and local_date >= {{ call_status.date_before(call_status.get_local_clock(), 1) }}
{% endmacro %}


{#- Says in one line for each of them what it is. -#}
{% macro report_unusual_shares(shares) %}
    {%- set query -%}
        select
            {{ call_status.as_fetched('source_system') }},
            direction,
            {{ call_status.as_fetched('status') }},
            {{ call_status.as_fetched('local_date') }},
            round(cast(100 * share as {{ dbt.type_numeric() }}), 1),
            round(cast(100 * usual_share as {{ dbt.type_numeric() }}), 1)
        from ({{ call_status.unusual_share_rows(shares) }}) as unusual
        order by 1, 2, 3
    {%- endset -%}
    {%- for source_system, direction, status, day, share, usual_share in call_status.fetch(query) -%}
        {%- do log(call_status.fetched_text(status) ~ " is " ~ share ~ " % of the " ~ direction ~ " calls of "
            ~ call_status.fetched_text(source_system) ~ " on " ~ call_status.fetched_text(day) ~ "; usual on that weekday is "
            ~ usual_share ~ " %. status_shares has the days before.", info=true) -%}
    {%- endfor -%}
{% endmacro %}


{#- Says in one line for each source that is quiet since when it is. -#}
{% macro report_quiet_sources(activity) %}
    {%- set query -%}
        select
            {{ call_status.as_fetched('source_system') }},
            {{ call_status.as_fetched('local_quiet_since') }},
            missing_calls
        from {{ activity }}
        where is_quiet
        order by 1
    {%- endset -%}
    {%- for source_system, since, missing in call_status.fetch(query) -%}
        {%- do log(call_status.fetched_text(source_system) ~ " is quiet since " ~ call_status.fetched_timestamp(since).strftime('%Y-%m-%d %H:%M')
            ~ " (local time), when it never was before: at least " ~ missing ~ " calls are missing. source_activity has it.", info=true) -%}
    {%- endfor -%}
{% endmacro %}
