{% macro default__status_rules() %}
    {#- The package's list, and where a rule stands in it. -#}
    {% set rules = call_status.default__status_rules() %}
    {% set place = rules | map(attribute='rule') | list %}
    {% set abandoned = place.index('incoming_queue_abandoned') %}

    {#- A condition changed: whoever gives up in the overflow queue was offered nobody. The next rules decide. -#}
    {% do rules[abandoned].update({'when': '(' ~ rules[abandoned].when ~ ") and coalesce(queue, '') <> 'overflow'"}) %}

    {#- A rule more, with a status of its own. It is tried before the rule in whose place it is put. -#}
    {% do rules.insert(abandoned, {
        'direction': 'incoming', 'rule': 'incoming_vip_abandoned', 'status': 'VIP Lost',
        'when': "queue = 'vip' and is_queue_abandoned",
        'description': 'The caller gave up in the queue of important customers.',
        'reasons': [{'reason': 'vip_not_served', 'message': 'An important customer was not served in time.'}],
    }) %}
    {{ return(rules) }}
{% endmacro %}
