{#-
    Keys that two rows share, one of which the newest run wrote. Older rows were compared when they were new, so the cost
    of this test follows what a run wrote; `unique` reads all keys there are. For tables with derived_at and call_hash.
-#}
{% test unique_among_new_rows(model, column_name) %}

select {{ column_name }}
from {{ model }}
where call_hash in (select call_hash from {{ model }} where derived_at >= (select max(derived_at) from {{ model }}))
group by {{ column_name }}
having count(*) > 1

{% endtest %}
