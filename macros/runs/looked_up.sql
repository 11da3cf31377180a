{#-
    What this run has looked up or made already: a dictionary that lives as long as the run. So the database is asked once, and the
    rules are looked through once, however many macros want to know. Only what stays as it is for the rest of the run belongs here.
    It lies in `graph`, the one object that all models of a run share. Two runs in one process may share it as well, hence the id.
    Models run side by side, so values are put in by `setdefault`: all go on with the one that came first.
    While dbt only parses, there is no run: the dictionary is empty, and what is put in is forgotten.
-#}
{% macro looked_up() %}
    {{ return(graph.setdefault('looked up by call_status in ' ~ invocation_id, {}) if execute else {}) }}
{% endmacro %}
