{#-
    What the three raw tables of Amazon Connect have in common. A contact is one stretch of a call: until it is transferred, or ends.
    A contact record, a contact event and an entry of an agent's snapshot each tell of a contact what is known by then, so each is
    read into the columns of get_amazon_connect_columns(), and becomes events in one place (stg_amazon_connect__call_events).
-#}

{#-
    The columns of a contact, in order.

    `record_id`         what event ids are made of
    `is_first`          whether it is the first contact of its raw record
    `origin`            `record`, `event` or `agent`: the raw table
    `contact_id`        null: the raw record is about no contact
    `told_at`           when the raw record says what it says; null for a contact record
    `sent_type`, `sent_state`  the type of a contact event, the contact's state in an agent's snapshot
    `state_since`       since when it is in that state
    `connected_at`      when the customer's phone was connected: on an outgoing call, when it was answered
    `has_agent`, `has_queue`  whether an agent or a queue is named, with or without a time
    `goes_on`           whether another contact follows
-#}
{% macro get_amazon_connect_columns() %}
    {{ return([
        'record_id', 'is_first', 'origin', 'source_instance', 'loaded_at', 'contact_id', 'call_id', 'sent_channel', 'sent_method', 'is_campaign',
        'told_at', 'sent_type', 'sent_state', 'state_since', 'initiated_at', 'initiated_text', 'rang_at', 'connected_at', 'sent_machine', 'has_queue', 'queue',
        'queued_at', 'dequeued_at', 'attempts', 'has_agent', 'leg_id', 'agent_id', 'agent_connected_at', 'goes_on', 'transferred_at',
        'disconnected_at', 'sent_reason', 'customer_number', 'business_number',
    ]) }}
{% endmacro %}


{#- A time of Amazon Connect, from text: ISO 8601, or as Athena prints it. All are UTC. `or_epoch`: also seconds since 1970, as the API has them. -#}
{% macro amazon_connect_time(text, or_epoch=false) -%}
    {%- set moment = call_status.utc_timestamp("replace(" ~ text ~ ", ' UTC', 'Z')", 'text') -%}
    {{ 'coalesce(' ~ moment ~ ', ' ~ call_status.time_of_epoch(call_status.safe_double(text)) ~ ')' if or_epoch else moment }}
{%- endmacro %}


{#-
    What stands under a name in JSON, or under the first of several that has a value. Names are given as `agentArn`. Amazon
    Connect writes them as `AgentArn`, too, and a table of AWS Glue has them in lower case.
-#}
{% macro amazon_connect_text(document, names) -%}
    {%- set spellings = [] -%}
    {%- for name in ([names] if names is string else names) -%}
        {%- do spellings.extend([name, name[0] | upper ~ name[1:], name | lower]) -%}
    {%- endfor -%}
    {{ call_status.json_text(document, spellings) }}
{%- endmacro %}


{#-
    The id at the end of an ARN: `1234` of arn:aws:connect:eu-west-1:111122223333:instance/5678/agent/1234. An agent's own queue
    has one step more: instance/5678/queue/agent/1234. Any other text is left as it is.
-#}
{% macro id_of_arn(arn) -%}
    case
        when {{ arn }} like 'arn:%' then coalesce(nullif({{ dbt.split_part(arn, "'/'", 5) }}, ''), nullif({{ dbt.split_part(arn, "'/'", 4) }}, ''))
        else {{ arn }}
    end
{%- endmacro %}
