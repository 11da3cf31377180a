{#- Warns where much of what was loaded last was refused. -#}

{#-
    One row per source system of whose newest load day a larger share was refused than call_status_warn_refused_share. A record that is
    no call, such as a text message, is where it belongs, and does not count.
-#}
{% macro much_refused_rows(accounting, quarantined) %}
    select
        numbered.source_system,
        numbered.load_date,
        numbered.raw_events,
        numbered.quarantined_events
    from (
        select
            *,
            row_number() over (partition by source_system order by load_date desc) as place
        from {{ accounting }}
        where load_date is not null
    ) as numbered
    left join (
        select
            source_system,
            {{ call_status.load_day('loaded_at') }} as load_date,
            count(*) as events
        from {{ quarantined }}
        where quarantine_reason = 'no_call'
        group by source_system, {{ call_status.load_day('loaded_at') }}
    ) as no_calls on numbered.source_system = no_calls.source_system and numbered.load_date = no_calls.load_date
    where
        numbered.place = 1
        and numbered.quarantined_events - coalesce(no_calls.events, 0) > numbered.raw_events * {{ call_status.setting('warn_refused_share') }}
{% endmacro %}


{#- Says in one line for each of them how many events were refused, and why. -#}
{% macro report_refused_events(accounting, quarantined) %}
    {%- set query -%}
        select
            {{ call_status.as_fetched('refused.source_system') }},
            {{ call_status.as_fetched('refused.load_date') }},
            refused.raw_events,
            quarantined.quarantine_reason,
            count(*)
        from ({{ call_status.much_refused_rows(accounting, quarantined) }}) as refused
        inner join {{ quarantined }} as quarantined
            on
                refused.source_system = quarantined.source_system
                and refused.load_date = {{ call_status.load_day('quarantined.loaded_at') }}
                and quarantined.quarantine_reason <> 'no_call'
        group by refused.source_system, refused.load_date, refused.raw_events, quarantined.quarantine_reason
        order by 1, 5 desc, 4
    {%- endset -%}
    {%- set found = {} -%}
    {%- for source_system, day, raw_events, reason, count in call_status.fetch(query) -%}
        {%- do found.setdefault((source_system, day, raw_events), []).append(count ~ ' ' ~ reason) -%}
    {%- endfor -%}
    {%- for (source_system, day, raw_events), reasons in found.items() -%}
        {%- do log("Of the " ~ raw_events ~ " events of " ~ call_status.fetched_text(source_system) ~ " that were loaded on "
            ~ call_status.fetched_text(day) ~ " these were refused: " ~ reasons | join(', ') ~ ". quarantined_call_events has them.", info=true) -%}
    {%- endfor -%}
{% endmacro %}
