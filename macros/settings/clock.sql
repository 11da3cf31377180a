{#- The times that a run goes by. All are UTC. -#}

{#- The clock of the run as a Python datetime (UTC): call_status_as_of, else the start of the run. -#}
{% macro run_clock() %}
    {%- set value = call_status.setting('as_of') -%}
    {{ return(call_status.parse_timestamp(value) if value is not none else run_started_at.replace(tzinfo=none)) }}
{% endmacro %}


{#- The moment from which a call without call_ended is still open: the clock less the time-out. -#}
{% macro timeout_cutoff() %}
    {{- call_status.timestamp_literal(
        call_status.hours_before(call_status.run_clock(), call_status.setting('open_call_timeout_hours'))) -}}
{% endmacro %}


{#- The start of the run (UTC) as a SQL timestamp, whatever call_status_as_of says. -#}
{% macro run_start() -%}
    {{ call_status.timestamp_literal(run_started_at) }}
{%- endmacro %}
