{#- What a leg of an incoming call is: one attempt to reach one agent or forwarding target. -#}

{#-
    The leg that an agent's event belongs to: leg_id, else agent_id. Events that name neither are one anonymous leg, the
    empty text, which no leg is called.
-#}
{% macro leg_of_event() -%}
    coalesce(leg_id, agent_id, '')
{%- endmacro %}


{#- A leg that the call was put to: it rang, answered, rejected or timed out. Reads columns of int_leg_evidence_packed. -#}
{% macro is_rung_leg() -%}
    coalesce(first_ringing_at, first_answered_at, first_rejected_at, first_no_answer_at) is not null
{%- endmacro %}


{#- A leg that rejected the call and never answered it. -#}
{% macro is_rejected_leg() -%}
    first_rejected_at is not null and first_answered_at is null
{%- endmacro %}

