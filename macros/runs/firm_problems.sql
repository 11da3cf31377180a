{#-
    Says in one line for each table of the firm what in it is not used, and why. A wrong zone or a wrong time never stops a run: that
    would keep everybody's calls waiting for one cell of a spreadsheet. A table that is not there is not asked.
-#}
{% macro report_firm_problems() %}
    {%- for table in call_status.get_firm_tables() -%}
        {%- set relation, found = call_status.raw_table(table), [] -%}
        {%- if call_status.get_existing_columns(relation) -%}
            {%- set problems = call_status.firm_problems()[table] -%}
            {%- set query -%}
                select
                    {%- for problem in problems %}
                    count(case when {{ problem.where }} then 1 end){{ ',' if not loop.last }}
                    {%- endfor %}
                from ({{ call_status.firm_rows(table) }}) as firm_rows
            {%- endset -%}
            {%- for row in call_status.fetch(query) -%}
                {%- for problem in problems -%}
                    {%- set rows = row[loop.index0] | int -%}
                    {%- do found.append(problem.says ~ ' (' ~ rows ~ (' row)' if rows == 1 else ' rows)')) if rows -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if found -%}
            {%- do log("Not everything in " ~ relation.schema ~ '.' ~ relation.identifier ~ " is used: " ~ found | join('; ') ~ ".", info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
