{#- Who gives up in the queue of important customers was not served in time: no longer Missed, but Unavailable. -#}
{% macro default__status_rules() %}
    {% set rules = call_status.default__status_rules() %}
    {% for rule in rules if rule.rule == 'incoming_queue_abandoned' %}
        {% do rule.update({'when': '(' ~ rule.when ~ ") and coalesce(queue, '') <> 'vip'"}) %}
    {% endfor %}
    {{ return(rules) }}
{% endmacro %}
