{#-
    Takes one customer's number out of the database, in every spelling: out of the raw tables of all sources, of what the commands in
    scripts/ note beside them, and of the tables of this package. The rows stay. The environment variable CALL_STATUS_ERASE_NUMBER
    gives the number: an argument would stand in the list of processes and in dbt's log. No statement holds it either. It is bound to
    one, and the others read it from a temporary table of one row:

    | column        | value                                                                                       |
    |---------------|---------------------------------------------------------------------------------------------|
    | erase_digits  | what every spelling has in common: the number without its country's code                    |
    | erase_whole   | the keys of a text that is the number and nothing else, between blanks; under `hash` their hashes too |
    | erase_within  | a regular expression: the number within a text                                              |
    | erase_in_json | the same for a number in a JSON document that has no quotes                                 |
    | erase_token   | takes the number's place in ids, which must go on telling two calls apart                   |
    | erase_salt    | for new ids of rows whose id was derived from the number; known to nobody                   |
-#}
{% macro erase_customer(number=none) %}
    {%- if number is not none -%}
        {{ exceptions.raise_compiler_error(
            "erase_customer takes no number as an argument: arguments are written to dbt's log, which holds it now (logs/dbt.log). Nothing"
            ~ " was changed. Delete that log, and set the environment variable CALL_STATUS_ERASE_NUMBER, or use scripts/erase-customer.") }}
    {%- endif -%}
    {%- do call_status.validate_variables() -%}
    {%- set spellings = call_status.get_spellings(env_var('CALL_STATUS_ERASE_NUMBER', '')) -%}
    {%- do call_status.note_what_to_erase(spellings) -%}
    {%- do call_status.refuse_to_erase_own_number() -%}
    {%- set statements, lines = [], [] -%}
    {%- for table in call_status.get_erasable_tables() -%}
        {%- set columns = call_status.get_erasable_columns(table) -%}
        {%- set rows = call_status.fetch(
            'select count(*) from ' ~ table.relation ~ ' cross join call_status_erasure where ' ~ call_status.holds_number(columns))[0][0] if columns else 0 -%}
        {%- if rows > 0 -%}
            {%- do statements.append(call_status.erasing_statements(table, columns)) -%}
            {%- do lines.append(table.relation.schema ~ '.' ~ table.relation.identifier ~ ': ' ~ rows ~ ' rows') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if statements -%}
        {%- call statement('erase_customer') -%}
            {{ statements | join(';\n') }}
        {%- endcall -%}
    {%- endif -%}
    {#- The transaction began when the number was bound. -#}
    {%- do adapter.commit() -%}
    {%- for line in lines or ['The number is in no table.'] -%}{%- do log(line, info=true) -%}{%- endfor -%}
{% endmacro %}


{#-
    The spellings of a number, as a dictionary: `digits`, `whole` (a list), `within`, `in_json`. The number begins with + or 00: without its
    country's code it could be that of a stranger.
-#}
{% macro get_spellings(number) %}
    {%- set bare = modules.re.sub('[^0-9+]', '', number) -%}
    {%- set key = modules.re.sub('^([+]|00)', '', bare) -%}
    {%- set codes, prefixes = [], [] -%}
    {%- for country in call_status.calling_codes().values() if key.startswith(country.code) -%}{%- do codes.append(country.code) -%}{%- endfor -%}
    {%- set code = codes | sort(attribute='length') | last if codes else '' -%}
    {%- set national = key[code | length:] -%}
    {%- if bare == key or not codes or not modules.re.fullmatch('[0-9]{6,15}', national) -%}
        {{ exceptions.raise_compiler_error(
            "CALL_STATUS_ERASE_NUMBER has to be one whole number that begins with + or 00 and a country's code, such as +49 30 901820."
            ~ " Nothing was changed.") }}
    {%- endif -%}
    {%- for country in call_status.calling_codes().values() if country.code == code and country.prefix -%}
        {%- do prefixes.append(country.prefix) -%}
    {%- endfor -%}
    {%- set prefixes = prefixes | unique | list -%}

    {%- set whole = [key, '011' ~ key] -%}
    {%- for prefix in prefixes -%}{%- do whole.extend([prefix ~ national, code ~ prefix ~ national]) -%}{%- endfor -%}
    {#- A short number without its area could be anything, such as a length of time. -#}
    {%- set may_stand_alone = national | length >= 7 -%}
    {%- if may_stand_alone -%}{%- do whole.append(national) -%}{%- endif -%}

    {#- What may stand between two digits: blanks, marks, and the dashes and narrow blanks of word processors. -#}
    {%- set between = '(?:%20|[ ().+/\u00a0\u2011\u2013\u202f-]){0,4}' -%}
    {%- set fronts = ['(?:(?:00|011)' ~ between ~ ')?' ~ code | list | join(between) ~ between
        ~ ('(?:(?:' ~ prefixes | join('|') ~ ')' ~ between ~ ')?' if prefixes else '')] -%}
    {%- for prefix in prefixes -%}{%- do fronts.append(prefix | list | join(between) ~ between) -%}{%- endfor -%}
    {%- set front = '(?:' ~ fronts | join('|') ~ ')' ~ ('?' if may_stand_alone else '') -%}
    {{ return({
        'digits': national,
        'whole': whole,
        'within': '(^|[^0-9+(]|[0-9][+(])[+(]*' ~ front ~ national | list | join(between) ~ '([^0-9]|$)',
        'in_json': '([:,[][ \t\n\r]*)-?(?:' ~ whole | join('|') ~ ')(?:[.][0-9]+)?([ \t\n\r]*[]},])',
    }) }}
{% endmacro %}


{#- Makes the temporary table. dbt logs the statement without what is bound to it. -#}
{% macro note_what_to_erase(spellings) %}
    {%- set text, mark = dbt.type_string(), get_binding_char() -%}
    {%- set columns = ['erase_digits', 'erase_whole', 'erase_within', 'erase_in_json', 'erase_token', 'erase_salt'] -%}
    {%- do run_query('drop table if exists call_status_erasure') -%}
    {%- do run_query('create temporary table call_status_erasure (' ~ columns | join(' ' ~ text ~ ', ') ~ ' ' ~ text ~ ')') -%}
    {%- set insert -%}
        insert into call_status_erasure ({{ columns | join(', ') }})
        select
            cast({{ mark }} as {{ text }}), cast({{ mark }} as {{ text }}), cast({{ mark }} as {{ text }}), cast({{ mark }} as {{ text }}),
            'erased-' || substr({{ call_status.random_key() }}, 1, 12),
            {{ call_status.random_key() }}
    {%- endset -%}
    {%- do adapter.add_query(
        insert, bindings=[spellings.digits, ' ' ~ spellings.whole | join(' ') ~ ' ', spellings.within, spellings.in_json], abridge_sql_log=true) -%}
    {%- if call_status.setting('pii') == 'hash' -%}
        {%- set hashes = [] -%}
        {%- for place in range(spellings.whole | length) -%}
            {%- set key = dbt.split_part('trim(erase_whole)', "' '", place + 1) -%}
            {%- do hashes.append(call_status.keyed_hash(key, '(select pii_key from ' ~ call_status.pii_key_relation() ~ ')')) -%}
        {%- endfor -%}
        {%- do run_query("update call_status_erasure set erase_whole = erase_whole || " ~ hashes | join(" || ' ' || ") ~ " || ' '") -%}
    {%- endif -%}
{% endmacro %}


{#- True for a text that is the number and nothing else, as a key or as a hash. -#}
{% macro is_whole_number(text) -%}
    {{ dbt.position("' ' || " ~ text ~ " || ' '", 'erase_whole') }} > 0
{%- endmacro %}


{#- A number of the firm is in the calls of all its customers: to erase it can only be a mistake. -#}
{% macro refuse_to_erase_own_number() %}
    {%- set numbers = call_status.get_relation_of_model('int_phone_numbers') -%}
    {%- set query -%}
        select 1 as one from {{ numbers }} cross join call_status_erasure where {{ call_status.is_whole_number('number_key') }} limit 1
    {%- endset -%}
    {%- if numbers and call_status.fetch(query) -%}
        {{ exceptions.raise_compiler_error("That number is one of the firm's own, in raw.phone_numbers. Nothing was changed.") }}
    {%- endif -%}
{% endmacro %}


{#-
    The tables that may hold the number: a list of dictionaries with `relation`, `is_raw`, and `packed`, the columns in which a time stands
    before the text. A raw table that is a view is told: its rows are erased behind it.
-#}
{% macro get_erasable_tables() %}
    {%- set found, raw_tables, beside = [], [], source('call_status', 'unreadable_rows') -%}
    {%- for name in call_status.get_raw_table_names() + ['unreadable_rows', 'call_status_mappings', 'call_log_statuses'] + call_status.get_firm_tables() -%}
        {%- do raw_tables.append(call_status.raw_table(name)) -%}
    {%- endfor -%}
    {#- dbt knows no table of a source that is off; those, and what the commands in scripts/ note, lie beside the others. -#}
    {%- set others = ['loaded_files', 'call_status_runs'] -%}
    {%- for source_name, names in call_status.get_sources().items() if source_name not in call_status.setting('sources') -%}
        {%- do others.extend(names) -%}
    {%- endfor -%}
    {%- for name in others -%}
        {%- set identifiers = call_status.setting('raw_identifiers') -%}
        {%- set identifier = identifiers.get('call_events', call_status.setting('canonical_identifier')) if name == 'canonical' else identifiers.get(name, name) -%}
        {%- do raw_tables.append(api.Relation.create(database=beside.database, schema=beside.schema, identifier=identifier)) -%}
    {%- endfor -%}
    {%- for table in raw_tables -%}
        {%- set relation = adapter.get_relation(table.database, table.schema, table.identifier) -%}
        {%- if relation and relation.is_view -%}
            {%- do log(relation.schema ~ '.' ~ relation.identifier ~ ' is a view. Erase the number from the tables that it reads.', info=true) -%}
        {%- elif relation -%}
            {%- do found.append({'relation': relation, 'is_raw': true, 'packed': []}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set packed = {
        'int_call_evidence_packed': call_status.get_call_evidence_columns(),
        'int_leg_evidence_packed': call_status.get_leg_evidence_columns(),
        'int_queue_evidence_packed': call_status.get_queue_evidence_columns(),
    } -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.package_name == 'call_status' and node.config.materialized != 'ephemeral' -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation and not relation.is_view -%}
            {%- set columns = [] -%}
            {%- for column, aggregate in packed.get(node.name, {}).items() if aggregate == 'min_text' and column != 'source' -%}
                {%- do columns.append(column) -%}
            {%- endfor -%}
            {%- do found.append({'relation': relation, 'is_raw': false, 'packed': columns}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#-
    The columns of a table that can hold a number: a list of dictionaries with `name`, `type`, `text`, what is looked at, and `erased`, what
    it becomes. Numbers, such as a connector stores, are looked at in raw tables.
-#}
{% macro get_erasable_columns(table) %}
    {%- set found = [] -%}
    {%- for column in adapter.get_columns_in_relation(table.relation) -%}
        {%- set type, name = column.data_type | lower, column.name | lower -%}
        {%- set quoted = adapter.quote(column.name) -%}
        {%- if modules.re.search('char|text|string|json|struct|map|\\[\\]', type) -%}
            {%- set text = call_status.searched_text(quoted, column.data_type) -%}
            {%- do found.append({
                'name': quoted,
                'type': column.data_type,
                'text': text,
                'erased': call_status.erased_text(table, name, text),
            }) -%}
        {%- elif table.is_raw and modules.re.match('(big|huge)?int|numeric|decimal', type) -%}
            {%- set text = 'cast(' ~ quoted ~ ' as ' ~ dbt.type_string() ~ ')' -%}
            {%- do found.append({
                'name': quoted,
                'type': column.data_type,
                'text': text,
                'erased': 'case when not ' ~ call_status.is_whole_number(text) ~ ' then ' ~ text ~ ' end',
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{#- True for rows of which the erasure changes a column. -#}
{% macro holds_number(columns) -%}
    {%- for column in columns -%}
    {{ 'or ' if not loop.first }}{{ column.text }} is distinct from {{ column.erased }}
    {% endfor -%}
{%- endmacro %}


{#-
    What a text column holds after the erasure. A text that is the number and nothing else becomes `anonymous`, which every source reads
    as a number that was withheld; in what tells who the customer is, null. Within a text the word takes the number's place, and in
    an id the token. An id that the loader derived from the row becomes another one, as long and as unlike the row's.
-#}
{% macro erased_text(table, name, text) -%}
    {%- set is_packed = name in table.packed -%}
    {%- set bare = call_status.unpacked_text(text) if is_packed else text -%}
    {%- set stamp = 'substr(' ~ text ~ ', 1, 19) || ' if is_packed else '' -%}
    {%- set is_customer = not table.is_raw and name in ['customer_number', 'customer_key', 'first_customer_number'] -%}
    {%- set is_id = (name.endswith('id') or name.endswith('key') or name in ['leg', 'first_agent']) and name != 'customer_key' -%}
    {%- set word = 'erase_token' if is_id else "'anonymous'" -%}
    {%- set whole = 'null' if is_customer else stamp ~ word -%}
        case
            when {{ call_status.is_whole_number(bare) }} then {{ whole }}
            when {{ call_status.text_replaced(bare, "'[^0-9]'", "''") }} not like '%' || erase_digits || '%' then {{ text }}
            when {{ call_status.is_whole_number(call_status.number_key(bare)) }} then {{ whole }}
            else {{ stamp }}{{ call_status.text_with_number_erased(bare, word) }}
        end
{%- endmacro %}


{#- A text in which a word, SQL, stands in the place of the number. Twice: two numbers may share the mark between them. -#}
{% macro text_with_number_erased(text, word) -%}
    {%- set made = namespace(text=text) -%}
    {%- for _ in range(2) -%}
        {%- set made.text = call_status.text_replaced(made.text, 'erase_in_json', "'\\1null\\2'") -%}
    {%- endfor -%}
    {%- set made.text = "case when ltrim(" ~ text ~ ") like '{%' or ltrim(" ~ text ~ ") like '[%' then " ~ made.text ~ " else " ~ text ~ " end" -%}
    {%- for _ in range(2) -%}
        {%- set made.text = call_status.text_replaced(made.text, 'erase_within', "'\\1' || " ~ word ~ " || '\\2'") -%}
    {%- endfor -%}
    {{ made.text }}
{%- endmacro %}


{#-
    The statements that erase the number from a table. KPI tables count a customer's calls: the hours of changed facts are logged, so the next
    run makes them anew. The keys of a call are made of its id, so they follow it.
-#}
{% macro erasing_statements(table, columns) %}
    {%- set relation, names, statements = table.relation, [], [] -%}
    {%- for column in columns -%}{%- do names.append(column.name | replace('"', '') | replace('`', '') | lower) -%}{%- endfor -%}
    {%- if relation == call_status.get_relation_of_model('fct_calls') -%}
        {%- set log = call_status.get_relation_of_model('int_changed_hours') -%}
        {%- set hours -%}
            insert into {{ log }} (noted_by, started_hour, change_number)
            select distinct 'fct_calls', {{ dbt.date_trunc('hour', 'started_at') }}, {{ call_status.next_change_number(log) }}
            from {{ relation }}
            cross join call_status_erasure
            where {{ call_status.holds_number(columns) }}
        {%- endset -%}
        {%- do statements.append(hours) -%}
    {%- endif -%}
    {%- set update -%}
        update {{ relation }}
        set
            {%- for column in columns %}
            {{ column.name }} = {% if column.name | replace('"', '') | lower == 'event_id' -%}
                case
                    when {{ call_status.is_derived_id('event_id') }}
                    then 'row-' || substr({{ call_status.keyed_hash('event_id', 'erase_salt') }}, 1, 32)
                    else {{ column.erased }}
                end
            {%- else -%}
                {{ call_status.column_of_searched_text(column.erased, column.type) }}
            {%- endif %}{{ ',' if not loop.last }}
            {%- endfor %}
        from call_status_erasure
        where {{ call_status.holds_number(columns) }}
    {%- endset -%}
    {%- do statements.append(update) -%}
    {%- if not table.is_raw and 'call_key' in names and 'call_hash' in call_status.get_existing_columns(relation) -%}
        {%- do statements.append('update ' ~ relation ~ ' set call_hash = ' ~ call_status.key_hash('call_key')
            ~ " from call_status_erasure where call_key like '%' || erase_token || '%'") -%}
    {%- elif not table.is_raw and 'call_id' in names and 'call_hash' in call_status.get_existing_columns(relation) -%}
        {%- do statements.append('update ' ~ relation ~ ' set call_hash = ' ~ call_status.call_hash()
            ~ " from call_status_erasure where call_id like '%' || erase_token || '%'") -%}
    {%- endif -%}
    {{ return(statements | join(';\n')) }}
{% endmacro %}
