{#-
    One row per key that two rows share, at least one of them written by the newest run. Older rows were compared when they
    were new, so this test costs what the run wrote, while dbt's own `unique` reads all keys there are.

    The model needs the columns derived_at and call_hash: rows of one key have the same call_hash.
-#}
{% test unique_among_new_rows(model, column_name) %}

select {{ column_name }}
from {{ model }}
where call_hash in (select call_hash from {{ model }} where derived_at >= (select max(derived_at) from {{ model }}))
group by {{ column_name }}
having count(*) > 1

{% endtest %}
