{#-
    Sources that tell of the same calls under the same ids: with two of them every call counts twice.
-#}

{#- Lists of sources, each with what to keep it for. -#}
{% macro get_overlapping_sources() %}
    {{ return([
        {
            'asterisk_cel': 'knows most',
            'asterisk_cdr': 'is what most people have',
            'asterisk_queue_log': 'alone knows why a queue let a caller go',
        },
    ]) }}
{% endmacro %}


{#- The instances of a phone system whose records the raw tables of a source hold; empty text where they name none. -#}
{% macro get_instances(source) %}
    {%- set found = [] -%}
    {%- for table in call_status.get_sources()[source] -%}
        {%- set relation = call_status.raw_table(table) -%}
        {%- set query -%}
            select distinct {{ call_status.as_fetched("coalesce(source_instance, '')") }}
            from ({{ call_status.column_rows(relation, {'source_instance': 'text'}) }}) as raw_rows
        {%- endset -%}
        {%- for row in call_status.fetch(query) -%}{%- do found.append(call_status.fetched_text(row[0])) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(found | unique | list) }}
{% endmacro %}


{#- Says in one line which of the sources that are on tell of the same calls of one phone system, and which to keep. -#}
{% macro report_overlapping_sources() %}
    {%- for purposes in call_status.get_overlapping_sources() -%}
        {%- set on, seen, twice = call_status.setting('sources') | select('in', purposes) | list, {}, [] -%}
        {%- for source in (on if on | length > 1 else []) -%}
            {%- for instance in call_status.get_instances(source) -%}{%- do seen.setdefault(instance, []).append(source) -%}{%- endfor -%}
        {%- endfor -%}
        {%- for instance, sources in seen.items() if sources | length > 1 -%}{%- do twice.extend(sources) -%}{%- endfor -%}
        {%- if twice -%}
            {%- set reasons = [] -%}
            {%- for source, purpose in purposes.items() if source in twice -%}{%- do reasons.append(source ~ ' ' ~ purpose) -%}{%- endfor -%}
            {%- do log(
                purposes | select('in', twice) | join(' and ') ~ " tell of the same calls of one phone system, so a call counts once for each"
                ~ " of them. Keep one in call_status_sources: " ~ reasons | join(', ') ~ ".", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
