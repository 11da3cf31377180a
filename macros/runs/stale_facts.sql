{#- Which calls fct_calls derives in a run: those whose row may differ from what it would be if it were derived now. -#}

{#-
    Whether the evidence was made anew since the facts were derived: all of it is newer than they are. Then all facts are derived
    again, and those without evidence leave. They may tell what raw tells no more, or hold numbers that call_status_pii now
    forbids. With --empty nothing is known about it.
-#}
{% macro is_evidence_rebuilt_alone() %}
    {%- if not execute or invocation_args_dict.get('empty') or invocation_args_dict.get('sample') -%}{{ return(false) }}{%- endif -%}
    {%- set seen, oldest = call_status.get_write_numbers() -%}
    {{ return(seen is not none and (oldest is none or oldest > seen)) }}
{% endmacro %}


{#- The newest write number of the facts and the oldest of the evidence, before this run writes facts; none where there is no row, or not both tables. -#}
{% macro get_write_numbers() %}
    {%- set facts, evidence = call_status.get_relation_of_model('fct_calls'), call_status.get_relation_of_model('int_call_evidence_packed') -%}
    {%- if not facts or not evidence -%}{{ return((none, none)) }}{%- endif -%}
    {%- set known = call_status.looked_up() -%}
    {%- if 'write numbers' not in known -%}
        {%- set query -%}
            select facts.newest_write_number, evidence.oldest_write_number
            from (select max(write_number) as newest_write_number from {{ facts }}) as facts
            cross join (select min(write_number) as oldest_write_number from {{ evidence }}) as evidence
        {%- endset -%}
        {%- do known.setdefault('write numbers', call_status.fetch(query)[0]) -%}
    {%- endif -%}
    {{ return(known['write numbers']) }}
{% endmacro %}


{#-
    How far the facts have come, looked up once a run. A dictionary: `seen`, the highest write number of evidence that the facts
    know; `others`, SQL of the call_hash of stale_by_clock_or_rules_rows (none: there are none); `has_calls`, whether there is any call
    to derive; `earliest`, when the first of them started. Empty in a full refresh.
-#}
{% macro get_facts_watermark() %}
    {%- if not (execute and call_status.is_incremental_run()) -%}{{ return({}) }}{%- endif -%}
    {%- set known = call_status.looked_up() -%}
    {%- if 'facts watermark' not in known -%}{%- do known.setdefault('facts watermark', call_status.find_facts_watermark()) -%}{%- endif -%}
    {{ return(known['facts watermark']) }}
{% endmacro %}


{#- The same, looked up. The other calls are looked for in all of the history. They are few, so that is done once. -#}
{% macro find_facts_watermark() %}
    {%- set newest, _ = call_status.get_write_numbers() -%}
    {%- set seen = newest | int if newest is not none else 0 -%}
    {%- set others = call_status.stale_by_clock_or_rules_rows(seen) -%}
    {%- set hashes = call_status.fetch('select distinct call_hash from (' ~ others ~ ') as others limit 1001') | map(attribute=0) | list -%}
    {%- if hashes | length <= 1000 -%}{%- set others = hashes | join(', ') or none -%}{%- endif -%}
    {%- set query -%}
        select count(*), {{ call_status.as_fetched('min(first_event_at)') }}
        from {{ call_status.get_relation_of_model('int_call_evidence_packed') }}
        where write_number > {{ seen }}{{ ' or call_hash in (' ~ others ~ ')' if others }}
    {%- endset -%}
    {%- set calls, earliest = call_status.fetch(query)[0] -%}
    {{ return({
        'seen': seen, 'others': others, 'has_calls': calls > 0 or others is not none, 'earliest': call_status.fetched_timestamp(earliest),
    }) }}
{% endmacro %}


{#-
    The evidence of the calls to derive: those whose evidence is newer than the facts, which lies together, and those that
    are stale for another reason. `columns` of int_call_evidence.
-#}
{% macro stale_call_rows(columns, watermark) %}
    {%- set evidence = ref('call_status', 'int_call_evidence') -%}
    select {{ columns }} from {{ evidence }}
    where write_number > {{ watermark.seen }}
    {%- if watermark.others %}
    union all
    select {{ columns }} from {{ evidence }}
    where write_number <= {{ watermark.seen }} and call_hash in ({{ watermark.others }})
    {%- endif %}
{% endmacro %}


{#-
    The call_hash of calls whose own evidence the facts know, and whose row may be stale all the same: a leg is newer; the clock
    has closed or opened the call; other rules, or other values of the variables that they read, derived it.
    A call that has no end of its own is closed by the clock in both tables, in the evidence and in the facts, or it is stale.
    Calls are compared by their full key. The hash only finds candidates: two calls may share it.
-#}
{% macro stale_by_clock_or_rules_rows(seen) %}
    {%- set evidence = ref('call_status', 'int_call_evidence') -%}
    {%- set legs = ref('call_status', 'int_leg_evidence_packed') -%}
        (
            select call_hash from {{ legs }} where write_number > {{ seen }}
            {{ dbt.except() }}
            select call_hash from {{ evidence }} where write_number > {{ seen }}
        )
        union all
        select call_hash
        from (
            select call_hash, source_system, call_id, case when write_number <= {{ seen }} then 1 else 0 end as may_be_stale
            from {{ evidence }}
            where {{ call_status.is_closed_without_end() }}
            union all
            select call_hash, source_system, call_id, case when {{ call_status.is_kept_fact() }} then 0 else 1 end as may_be_stale
            from {{ this }}
            where is_end_inferred
        ) as closed_by_the_clock
        group by call_hash, source_system, call_id
        having count(*) = 1 and min(may_be_stale) = 1
        union all
        {{ call_status.calls_of_other_rules_rows() }}
{% endmacro %}


{#-
    The call_hash of calls that other rules derived, or other business hours. Where no hours are known, a fingerprint with hours is
    another one as well.
-#}
{% macro calls_of_other_rules_rows() %}
    {%- set hours = ref('call_status', 'int_hours_of_numbers') -%}
    {%- if not execute or call_status.fetch('select 1 from ' ~ hours ~ ' limit 1') | length == 0 -%}
        select call_hash from {{ this }}
        where rules_fingerprint <> '{{ call_status.rules_fingerprint() }}' and not {{ call_status.is_kept_fact() }}
    {%- else -%}
        select facts.call_hash
        from {{ this }} as facts
        left join (
            {{ call_status.hours_of_numbers_rows(this) }}
        ) as hours
            on facts.direction = 'incoming' and coalesce(facts.business_number, '') = coalesce(hours.business_number, '')
        where
            facts.rules_fingerprint <> {{ call_status.fingerprint_of_call('hours.hours_fingerprint') }}
            and not facts.{{ call_status.is_kept_fact() }}
    {%- endif -%}
{% endmacro %}


{#- The fingerprint of a call: that of the rules, and behind a slash that of the hours of its number, where they are known. -#}
{% macro fingerprint_of_call(hours_fingerprint) -%}
    '{{ call_status.rules_fingerprint() }}' || coalesce('/' || {{ hours_fingerprint }}, '')
{%- endmacro %}


{#-
    One row per business number of a table of calls (`calls`) whose hours are known: business_number, and the columns of
    int_hours_of_numbers that it goes by: its own row, else the one of all other numbers, whose number_key is empty and sorts first.
-#}
{% macro hours_of_numbers_rows(calls) %}
    select *
    from (
        select
            called.business_number,
            hours.*,
            row_number() over (partition by called.business_number order by hours.number_key desc) as place
        from (select distinct business_number from {{ calls }}) as called
        inner join {{ ref('call_status', 'int_hours_of_numbers') }} as hours
            on hours.number_key = '' or hours.number_key = {{ call_status.number_key('called.business_number') }}
    ) as numbers_and_hours
    where place = 1
{%- endmacro %}


{#-
    True for legs that may belong to a call to derive. A leg cannot begin before its call, so legs are read from the start of
    the earliest such call on. The engine skips older legs by their statistics.
-#}
{% macro is_leg_of_stale_call(watermark) -%}
    {%- if not watermark or watermark.earliest is none -%}
        1 = 0
    {%- else -%}
        first_event_at >= {{ call_status.timestamp_literal(watermark.earliest) }}
    {%- endif -%}
{%- endmacro %}


{#- Says in one line how many stored calls other rules derived, and how many of them get another status now. -#}
{% macro report_changed_rules(target, new) %}
    {%- set query -%}
        select count(*), count(case when new.status <> stored.status then 1 end)
        from {{ new }} as new
        inner join {{ target }} as stored on new.call_hash = stored.call_hash and new.call_key = stored.call_key
        where new.rules_fingerprint <> stored.rules_fingerprint
    {%- endset -%}
    {%- for derived_again, with_another_status in call_status.fetch(query) if derived_again > 0 -%}
        {%- do log("The rules or their variables changed: " ~ derived_again ~ " calls derived again, "
            ~ with_another_status ~ " with another status.", info=true) -%}
    {%- endfor -%}
{% endmacro %}
