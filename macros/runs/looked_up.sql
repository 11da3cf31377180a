{#-
    What this run has looked up already: a dictionary that lives as long as the run. So the database is asked once, however many
    macros want to know. Only what stays as it is for the rest of the run belongs here.
    It lies in `graph`, the one object that all models of a run share. Two runs in one process may share it as well, hence the id.
-#}
{% macro looked_up() %}
    {%- if graph.get('call_status', {}).get('invocation_id') != invocation_id -%}
        {%- do graph.update({'call_status': {'invocation_id': invocation_id, 'looked_up': {}}}) -%}
    {%- endif -%}
    {{ return(graph['call_status'].looked_up) }}
{% endmacro %}
