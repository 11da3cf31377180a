{#-
    Which part of a table that is made of fct_calls a run makes anew: legs, queue visits, KPI tables. A fact that is replaced may have
    counted in another hour than its new row does, and one that leaves counts nowhere any more. So fct_calls logs the hours of the rows
    that it takes away and of those that it brings, in int_changed_hours; a table that is made of fct_calls makes anew what depends on
    hours that it has not seen, and notes how far it has read.
-#}

{#- Logs what fct_calls is about to change: `target` its table, `new` the rows of this run. -#}
{% macro log_changed_hours(target, new) %}
    {%- set log = call_status.get_relation_of_model('int_changed_hours') -%}
    {%- set statement -%}
        insert into {{ log }} (noted_by, started_hour, change_number)
        select 'fct_calls', changed.started_hour, {{ call_status.next_change_number(log) }}
        from (
            select {{ dbt.date_trunc('hour', 'started_at') }} as started_hour from {{ target }}
            where call_hash in (select call_hash from {{ new }})
            union
            select {{ dbt.date_trunc('hour', 'started_at') }} as started_hour from {{ new }}
            where status is not null
        ) as changed
    {%- endset -%}
    {%- do run_query(statement) -%}
{% endmacro %}


{#- Pre-hook of fct_calls: where the table is made anew, every row may have changed. The hour is null. -#}
{% macro log_all_hours() %}
    {%- if execute and not call_status.is_incremental_run() -%}
    {%- set log = call_status.get_relation_of_model('int_changed_hours') %}
    insert into {{ log }} (noted_by, started_hour, change_number)
    select 'fct_calls', cast(null as {{ dbt.type_timestamp() }}), {{ call_status.next_change_number(log) }}
    {%- endif %}
{% endmacro %}


{% macro next_change_number(log) -%}
    (select coalesce(max(change_number), 0) + 1 from {{ log }} where noted_by = 'fct_calls')
{%- endmacro %}


{#-
    What a table that is made of fct_calls has to make anew: `all`, everything, or `hours`, the hours (datetimes) in which a call
    started whose row in fct_calls has changed. Everything where the table is built, where fct_calls was, where the table
    has noted nothing in the log, and where another definition made the rows of a KPI table (`has_definitions`: it has a
    kpi_fingerprint).
-#}
{% macro get_changes(has_definitions=true) %}
    {%- set log = ref('call_status', 'int_changed_hours') -%}
    {%- if not (execute and call_status.is_incremental_run()) -%}{{ return({'all': true, 'hours': []}) }}{%- endif -%}
    {%- set known, key = call_status.looked_up(), 'changes ' ~ this.identifier -%}
    {%- if key not in known -%}{%- do known.setdefault(key, call_status.find_changes(log, has_definitions)) -%}{%- endif -%}
    {{ return(known[key]) }}
{% endmacro %}


{#- The same, looked up. -#}
{% macro find_changes(log, has_definitions) %}
    {%- set no_hour = 'cast(null as ' ~ dbt.type_timestamp() ~ ')' -%}
    {%- set pending -%}
        select distinct {{ call_status.as_fetched('started_hour') }}, started_hour
        from {{ log }}
        where
            noted_by = 'fct_calls'
            and change_number > (select coalesce(max(change_number), 0) from {{ log }} where noted_by = '{{ this.identifier }}')
        union all
        select {{ call_status.as_fetched(no_hour) }}, {{ no_hour }}
        from (select count(*) as notes from {{ log }} where noted_by = '{{ this.identifier }}') as noted
        where notes = 0
        {%- if has_definitions %}
        union all
        select {{ call_status.as_fetched(no_hour) }}, {{ no_hour }}
        from (select 1 as one from {{ this }} where kpi_fingerprint <> '{{ call_status.kpi_fingerprint() }}' limit 1) as other_definition
        {%- endif %}
        order by 2
    {%- endset -%}
    {%- set hours, is_all = [], namespace(value=false) -%}
    {%- for hour, _ in call_status.fetch(pending) -%}
        {%- if hour is none -%}{%- set is_all.value = true -%}
        {%- else -%}{%- do hours.append(call_status.fetched_timestamp(hour)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'all': is_all.value, 'hours': hours}) }}
{% endmacro %}


{#-
    `1 = 1` where everything is made anew, `1 = 0` where nothing is, else the condition in the call block, which is only rendered then:
    it may count on there being hours.
-#}
{% macro only_changed(changes) -%}
    {%- if changes.all -%}
    1 = 1
    {%- elif not changes.hours -%}
    1 = 0
    {%- else -%}
    {{ caller() }}
    {%- endif -%}
{%- endmacro %}


{#- True for calls that started in a changed hour. -#}
{% macro is_in_changed_hours(changes, moment) -%}
    {%- call call_status.only_changed(changes) -%}
    {{ call_status.is_in_hours(moment, changes.hours) }}
    {%- endcall -%}
{%- endmacro %}


{#- True for what may belong to such a call, by the time of an event: a condition by which the engine skips what lies before. -#}
{% macro is_since_changed_hours(changes, moment) -%}
    {%- call call_status.only_changed(changes) -%}
    {{ moment }} >= {{ call_status.timestamp_literal(changes.hours[0]) }}
    {%- endcall -%}
{%- endmacro %}


{#- True for rows of the local dates on which a changed hour lies, in any zone of a number. Reads local_date. -#}
{% macro is_on_changed_date(changes) -%}
    {%- call call_status.only_changed(changes) -%}
    {%- set dates = [] -%}
    {%- set zones = call_status.get_number_zones() + [call_status.setting('time_zone')] -%}
    {%- for hour in changes.hours -%}
        {%- for name in zones -%}
            {%- for moment in [hour, hour + modules.datetime.timedelta(minutes=59, seconds=59)] -%}
                {%- do dates.append(modules.pytz.utc.localize(moment).astimezone(modules.pytz.timezone(name)).date() | string) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    local_date in ({% for day in dates | unique | sort %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %})
    {%- endcall -%}
{%- endmacro %}


{#- True for calls that may lie on a changed date: a condition on the stored start, by which the engine skips the rest. -#}
{% macro is_near_changed_date(changes) -%}
    {%- call call_status.only_changed(changes) -%}
    {%- set two_days = modules.datetime.timedelta(days=2) -%}
    started_at >= {{ call_status.timestamp_literal(changes.hours[0] - two_days) }}
        and started_at < {{ call_status.timestamp_literal(changes.hours[-1] + two_days) }}
    {%- endcall -%}
{%- endmacro %}


{#-
    True for missed calls that a changed call may concern: those that started in a changed hour, and those whose call-back window
    reaches into one. Reads started_at and ended_at.
-#}
{% macro is_concerned(changes) -%}
    {%- call call_status.only_changed(changes) -%}
    (
        {{ call_status.is_in_hours('started_at', changes.hours) }}
        or {{ call_status.is_in_hours('ended_at', changes.hours, call_status.callback_window()) }}
    )
    {%- endcall -%}
{%- endmacro %}


{#-
    True for calls that the missed calls of is_concerned are followed by. Reads ended_at. A missed call that started in a changed
    hour may have ended at any later time, so there is no upper bound.
-#}
{% macro is_near_changed_hour(changes) -%}
    {%- call call_status.only_changed(changes) -%}
    ended_at >= {{ call_status.timestamp_literal(changes.hours[0] - call_status.callback_window()) }}
    {%- endcall -%}
{%- endmacro %}


{% macro callback_window() %}
    {{ return(modules.datetime.timedelta(hours=call_status.setting('callback_window_hours'))) }}
{% endmacro %}


{#- True for times in one of some hours, or up to `before` (a timedelta) before it. Hours that lie near are joined to one condition. -#}
{% macro is_in_hours(moment, hours, before=none) -%}
    {%- set hour_long = modules.datetime.timedelta(hours=1) -%}
    {%- set reach = before or modules.datetime.timedelta(0) -%}
    {%- set joined = namespace(ranges=[], gap=modules.datetime.timedelta(0)) -%}
    {%- for attempt in range(30) if not joined.ranges or joined.ranges | length > 50 -%}
        {%- set ranges = [] -%}
        {%- for hour in hours -%}
            {%- if ranges and hour - reach <= ranges[-1].end + joined.gap -%}
                {%- do ranges[-1].update({'end': hour + hour_long}) -%}
            {%- else -%}
                {%- do ranges.append({'start': hour - reach, 'end': hour + hour_long}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set joined.ranges, joined.gap = ranges, (joined.gap + hour_long) * 2 -%}
    {%- endfor -%}
    (
    {%- for range in joined.ranges -%}
        ({{ moment }} >= {{ call_status.timestamp_literal(range.start) }} and {{ moment }} < {{ call_status.timestamp_literal(range.end) }}){{ ' or ' if not loop.last }}
    {%- endfor -%}
    )
{%- endmacro %}


{#- Post-hook of such a table: notes how far it has read the log. -#}
{% macro note_changes() %}
    {%- if execute and call_status.may_change() -%}
    {%- set log = call_status.get_relation_of_model('int_changed_hours') %}
    insert into {{ log }} (noted_by, started_hour, change_number)
    select '{{ this.identifier }}', cast(null as {{ dbt.type_timestamp() }}), logged.change_number
    from (select coalesce(max(change_number), 0) as change_number from {{ log }} where noted_by = 'fct_calls') as logged
    where
        logged.change_number > (select coalesce(max(change_number), -1) from {{ log }} where noted_by = '{{ this.identifier }}')
    {%- endif -%}
{% endmacro %}
