{#- Written by scripts/render-docs from seeds/mappings/*.csv. Change those files. mappings.sql says what a row is. -#}

{% macro shipped_mappings() %}
{{ return([
    ['callhippo', 'reason', '*busy*', 'number_busy'],
    ['callhippo', 'reason', '*not in service*', 'not_in_service'],
    ['callhippo', 'reason', '*isn\'t in service*', 'not_in_service'],
    ['callhippo', 'reason', '*invalid number*', 'not_in_service'],
    ['callhippo', 'reason', '*restricted*', 'country_restricted'],
    ['callhippo', 'reason', '*before*connect*', 'disconnected_before_connect'],
    ['callhippo', 'status', 'call not setup', 'Call Not Set-Up'],
    ['callhippo', 'status', 'not set-up', 'Call Not Set-Up'],
    ['callhippo', 'status', 'cancelled', 'Canceled'],
    ['callhippo', 'status', 'noanswer', 'No Answer'],
]) }}
{% endmacro %}


{% macro shipped_capabilities() %}
{{ return([
]) }}
{% endmacro %}
