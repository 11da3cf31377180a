{#- What a run says of calls whose direction nothing tells: they stay open for ever. -#}

{#- The fields of records that say where a call comes from, and that are no number or name of a person. -#}
{% macro get_fields_of_origin() %}{{ return(['context', 'profile', 'trunk']) }}{% endmacro %}


{#-
    Post-hook of the words that no list knows: says in one line for each source how many of its calls have no direction, and which
    contexts no mapping names. Silent where every context is known: then another record may still tell the direction. Renders nothing.
-#}
{% macro report_calls_without_direction() %}
    {%- set evidence = call_status.get_relation_of_model('int_call_evidence_packed') if execute else none -%}
    {%- if evidence -%}
        {%- set origins = {} -%}
        {%- set query -%}
            select {{ call_status.as_fetched('source') }}, {{ call_status.as_fetched('field') }}, {{ call_status.as_fetched('value') }}, sum(occurrences) as occurrences
            from {{ this }}
            where field in ('{{ call_status.get_fields_of_origin() | join("', '") }}')
            group by source, field, value
            order by 4 desc, 3
        {%- endset -%}
        {%- for source, field, value, count in call_status.fetch(query) -%}
            {%- do origins.setdefault(call_status.fetched_text(source), []).append(
                call_status.fetched_text(field) ~ ' ' ~ call_status.fetched_text(value) ~ ' (' ~ count | int ~ ')') -%}
        {%- endfor -%}
        {%- if origins -%}
            {%- set query -%}
                select {{ call_status.as_fetched('source') }}, count(*)
                from {{ evidence }}
                where
                    source in ('{{ origins | join("', '") }}')
                    and not {{ call_status.has_signal(
                        'labelled_incoming', 'labelled_outgoing', 'labelled_internal', 'assumed_incoming', 'assumed_outgoing', 'assumed_internal') }}
                group by source
                order by 1
            {%- endset -%}
            {%- for source, calls in call_status.fetch(query) -%}
                {%- set source = call_status.fetched_text(source) -%}
                {%- set named = origins[source][:5] + (['and others'] if origins[source] | length > 5 else []) -%}
                {%- do log(calls ~ " calls of " ~ source ~ " have no direction and stay open. No mapping names where they came from, with the"
                    ~ " number of records: " ~ named | join(', ') ~ ". Add rows to the raw table call_status_mappings; unmapped_source_values"
                    ~ " has all of them.", info=true) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
