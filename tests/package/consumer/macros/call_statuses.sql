{% macro default__call_statuses() %}
    {% set statuses = call_status.default__call_statuses() %}
    {% do statuses.append({
        'direction': 'incoming', 'status': 'VIP Lost', 'is_answered': false,
        'meaning': 'An important customer gave up.',
    }) %}
    {{ return(statuses) }}
{% endmacro %}
