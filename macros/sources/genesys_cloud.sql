{#- What records of Genesys Cloud have of their own. -#}

{#- The number of an address: `tel:+15550100123` and `sip:+15550100123@192.0.2.1;user=phone` are +15550100123. -#}
{% macro genesys_cloud_number(address) -%}
    nullif({{ dbt.split_part(dbt.split_part("replace(replace(" ~ address ~ ", 'tel:', ''), 'sip:', '')", "'@'", 1), "';'", 1) }}, '')
{%- endmacro %}
