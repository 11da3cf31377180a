{#-
    What may differ between engines: the complete list. Models and other macros call these, never an engine's own function.

    Each macro passes its call on to `<engine>__<name>` in the file of that engine, or to `default__<name>` below it.
    The comment above a macro is its contract. Every implementation keeps it; tests/engines/test_conformance.py checks it
    on the engines that are run. Arguments are SQL expressions unless the contract says `Jinja`.
-#}


{#- ==== hashes and keys ============================================================================================ -#}

{#-
    A hash of a text as an integer, narrow enough to find a few rows among many quickly. Two texts may share one.

    Takes   a text
    Gives   a bigint: the same for the same text in every run and in every version of the engine. DuckDB, PostgreSQL and
            Spark give the same one: bytes 9 to 16 of the MD5, little-endian, shifted right by one bit
    Null    null for null
    Range   0 to 2^63 - 1 on these three; any bigint elsewhere
    Default none: a compiler error, since no hash function is common to all engines
-#}
{% macro key_hash(text) -%}{{ return(adapter.dispatch('key_hash', 'call_status')(text)) }}{%- endmacro %}
{% macro default__key_hash(text) -%}{{ exceptions.raise_compiler_error("call_status has no key_hash for " ~ adapter.type() ~ ": write " ~ adapter.type() ~ "__key_hash in your project (its contract: macros/engine/interface.sql).") }}{%- endmacro %}


{#-
    A keyed hash of a text, for customers' numbers. It hashes twice: after one SHA-256, somebody who knows the hash of a
    text could compute that of a longer text without the key.

    Takes   a text; the key, a text
    Gives   64 lower-case hexadecimal digits: sha256(key || sha256(key || text)) of the texts in UTF-8
    Null    null where the text is null
-#}
{% macro keyed_hash(column, key) -%}{{ return(adapter.dispatch('keyed_hash', 'call_status')(column, key)) }}{%- endmacro %}
{% macro default__keyed_hash(column, key) -%}sha2(concat({{ key }}, sha2(concat({{ key }}, {{ column }}), 256)), 256){%- endmacro %}


{#-
    A new random key, made by the engine, so that it never passes through dbt.

    Gives   a text of 64 or more characters, another one whenever it is evaluated
-#}
{% macro random_key() -%}{{ return(adapter.dispatch('random_key', 'call_status')()) }}{%- endmacro %}
{% macro default__random_key() -%}concat(uuid(), uuid()){%- endmacro %}


{#- ==== times ====================================================================================================== -#}

{#-
    A timestamp as an integer.

    Takes   a UTC timestamp
    Gives   a bigint: microseconds since 1970-01-01, negative before
    Null    null for null
    Range   exact for the years 1 to 9999
-#}
{% macro epoch_microseconds(moment) -%}{{ return(adapter.dispatch('epoch_microseconds', 'call_status')(moment)) }}{%- endmacro %}
{% macro default__epoch_microseconds(moment) -%}cast(extract(epoch from {{ moment }}) * 1000000 as {{ dbt.type_bigint() }}){%- endmacro %}


{#-
    The reverse of epoch_microseconds.

    Takes   a bigint: microseconds since 1970-01-01
    Gives   a UTC timestamp
    Null    null for null
    Range   exact for the years 1 to 9999
-#}
{% macro from_epoch_microseconds(microseconds) -%}{{ return(adapter.dispatch('from_epoch_microseconds', 'call_status')(microseconds)) }}{%- endmacro %}
{% macro default__from_epoch_microseconds(microseconds) -%}timestamp '1970-01-01 00:00:00' + ({{ microseconds }}) * interval '1 microsecond'{%- endmacro %}


{#-
    A timestamp some time later. (dbt's own dateadd drops fractions of a second on Spark.)

    Takes   Jinja: the unit, such as 'day' or 'microsecond'; Jinja: a whole number of it; a timestamp
    Gives   a timestamp, its microseconds kept
    Null    null where the timestamp is null
-#}
{% macro timestamp_plus(part, count, moment) -%}{{ return(adapter.dispatch('timestamp_plus', 'call_status')(part, count, moment)) }}{%- endmacro %}
{% macro default__timestamp_plus(part, count, moment) -%}{{ dbt.dateadd(part, count, moment) }}{%- endmacro %}


{#-
    A UTC timestamp from a raw column. A value that is no timestamp never fails the run.

    Takes   a column; Jinja: its data type, as the engine names it
    Gives   a UTC timestamp:
              a timestamp without a zone, a date    as it is, taken for UTC
              a timestamp with a zone               converted to UTC
              text                                  read as ISO 8601: `T` or a blank before the time, fractions, `Z` or an
                                                    offset (+05:30, +0530, +05; a blank may stand before it); without an
                                                    offset taken for UTC, whatever the session's time zone is
    Null    null for null, and for text that is no date and time: a day or an hour that does not exist, a year or a time
            of day by itself
    Range   the years 1 to 9999. What text gives that names another year, or infinity, depends on the engine: null, or a
            time that is_calendar_time refuses
-#}
{% macro utc_timestamp(column, data_type) -%}{{ return(adapter.dispatch('utc_timestamp', 'call_status')(column, data_type)) }}{%- endmacro %}
{% macro default__utc_timestamp(column, data_type) -%}cast({{ column }} as {{ dbt.type_timestamp() }}){%- endmacro %}


{#-
    Not dispatched; for implementations of utc_timestamp. The regular expression of text that ends in `Z` or an offset:
    only such text may be read as a time with a zone. Other text would be read in the session's.
-#}
{% macro offset_pattern() -%}:[0-9.]+ ?([zZ]|[+-][0-9]{2}(:?[0-9]{2})?)${%- endmacro %}


{#-
    The UTC time of a time by the clocks of a zone.

    Takes   a timestamp; Jinja: the zone's name, such as 'Europe/Berlin'
    Gives   a UTC timestamp. A time that the clocks skip or show twice is one of the two that the engine chooses
    Null    null for null
-#}
{% macro zone_to_utc(moment, zone) -%}{{ return(adapter.dispatch('zone_to_utc', 'call_status')(moment, zone)) }}{%- endmacro %}
{% macro default__zone_to_utc(moment, zone) -%}({{ moment }} at time zone '{{ zone }}' at time zone 'UTC'){%- endmacro %}


{#-
    What the clocks of a zone show at a UTC time.

    Takes   a UTC timestamp; Jinja: the zone's name, such as 'Europe/Berlin'
    Gives   a timestamp without a zone, daylight saving included
    Null    null for null
-#}
{% macro utc_to_zone(moment, zone) -%}{{ return(adapter.dispatch('utc_to_zone', 'call_status')(moment, zone)) }}{%- endmacro %}
{% macro default__utc_to_zone(moment, zone) -%}({{ moment }} at time zone 'UTC' at time zone '{{ zone }}'){%- endmacro %}


{#- ==== texts ====================================================================================================== -#}

{#-
    A text of Jinja as a SQL literal, quotes and backslashes escaped.

    Takes   Jinja: a text
    Gives   a literal of exactly this text
-#}
{% macro text_literal(value) -%}{{ return(adapter.dispatch('text_literal', 'call_status')(value)) }}{%- endmacro %}
{% macro default__text_literal(value) -%}'{{ value | replace("'", "''") }}'{%- endmacro %}


{#-
    A text for min() or max() in binary order, whatever the collation of the database: `B` before `a`, `z` before `é`.

    Takes   a text
    Gives   the same text, compared by its code points
    Null    null for null
-#}
{% macro binary_text(expression) -%}{{ return(adapter.dispatch('binary_text', 'call_status')(expression)) }}{%- endmacro %}
{% macro default__binary_text(expression) -%}{{ expression }}{%- endmacro %}


{#-
    A text in which whatever a regular expression fits is replaced. For erase_customer.

    Takes   a text; the expression, of what text_matches knows, and also (?:...), {n,m} and letters beyond ASCII; what takes its place:
            `\1` and `\2` stand for the groups
    Gives   a text, every place replaced
    Null    null for null
    Default none: raise_no_erasure
-#}
{% macro text_replaced(text, pattern, replacement) -%}{{ return(adapter.dispatch('text_replaced', 'call_status')(text, pattern, replacement)) }}{%- endmacro %}
{% macro default__text_replaced(text, pattern, replacement) -%}{{ call_status.raise_no_erasure() }}{%- endmacro %}


{#-
    A column that holds text somewhere, as one text. For erase_customer.

    Takes   a column; Jinja: its type, as the engine names it
    Gives   a text
    Null    null for null
    Default none: raise_no_erasure
-#}
{% macro searched_text(column, data_type) -%}{{ return(adapter.dispatch('searched_text', 'call_status')(column, data_type)) }}{%- endmacro %}
{% macro default__searched_text(column, data_type) -%}{{ call_status.raise_no_erasure() }}{%- endmacro %}


{#-
    A text that searched_text gave, and that was changed inside, as a value of the column's type again. For erase_customer.

    Takes   a text; Jinja: the column's type, as the engine names it
    Gives   a value of that type
    Null    null for null
    Default none: raise_no_erasure
-#}
{% macro column_of_searched_text(text, data_type) -%}{{ return(adapter.dispatch('column_of_searched_text', 'call_status')(text, data_type)) }}{%- endmacro %}
{% macro default__column_of_searched_text(text, data_type) -%}{{ call_status.raise_no_erasure() }}{%- endmacro %}


{#-
    Not dispatched; for the defaults of the macros of erase_customer: the error that says what to do.
-#}
{% macro raise_no_erasure() -%}
    {{ exceptions.raise_compiler_error(
        "call_status.erase_customer runs on DuckDB and PostgreSQL, not yet on " ~ adapter.type() ~ ": write " ~ adapter.type() ~ "__text_replaced, "
        ~ "__searched_text and __column_of_searched_text in your project (their contract: macros/engine/interface.sql).") }}
{%- endmacro %}


{#- ==== numbers and bits =========================================================================================== -#}

{#-
    The type of double precision floating point numbers.

    Gives   its name, for a cast. (The YAML files of models/marts/calls/ name it once more: no macro can be called there.)
-#}
{% macro type_double() -%}{{ return(adapter.dispatch('type_double', 'call_status')()) }}{%- endmacro %}
{% macro default__type_double() -%}double precision{%- endmacro %}


{#-
    Whether a regular expression fits somewhere in a text.

    Takes   a text; Jinja: an expression of what all engines know: [...], (...), |, ?, *, +, {n}, ^, $, and no backslash
    Gives   a boolean
    Null    null for null
-#}
{% macro text_matches(text, pattern) -%}{{ return(adapter.dispatch('text_matches', 'call_status')(text, pattern)) }}{%- endmacro %}
{% macro default__text_matches(text, pattern) -%}regexp_like({{ text }}, '{{ pattern }}'){%- endmacro %}


{#-
    Not dispatched. Whether a text is made of the letters a to z, `_` and `-` alone. Null for null.
-#}
{% macro has_only_letters(text) -%}{{ call_status.text_matches(text, '^[A-Za-z_-]+$') }}{%- endmacro %}


{#-
    A number from a raw column. A value that is no number never fails the run.

    Takes   a column; Jinja: its data type, as the engine names it
    Gives   a double
    Null    null for null, and for text that is no number, such as `12 s`, `1d` or empty text
    Range   text is read alike with up to 30 digits before the decimal point and an exponent of up to two digits. Whether
            more, `inf` and `nan` are read depends on the engine
-#}
{% macro safe_double(column, data_type='text') -%}{{ return(adapter.dispatch('safe_double', 'call_status')(column, data_type)) }}{%- endmacro %}
{% macro default__safe_double(column, data_type) -%}cast({{ column }} as {{ call_status.type_double() }}){%- endmacro %}


{#-
    The length of an interval, or of the time since midnight.

    Takes   an interval or a time of day
    Gives   a double: seconds, with fractions
    Null    null for null
    Default null: such columns are not read. unmapped_source_values lists their values
-#}
{% macro seconds_of_interval(column) -%}{{ return(adapter.dispatch('seconds_of_interval', 'call_status')(column)) }}{%- endmacro %}
{% macro default__seconds_of_interval(column) -%}cast(null as {{ call_status.type_double() }}){%- endmacro %}


{#-
    Bitwise and of a column and a constant.

    Takes   a bigint; Jinja: a whole number from 0 to 2^63 - 1
    Gives   a bigint
    Null    null for null
-#}
{% macro bitand(column, bits) -%}{{ return(adapter.dispatch('bitand', 'call_status')(column, bits)) }}{%- endmacro %}
{% macro default__bitand(column, bits) -%}({{ column }} & {{ bits }}){%- endmacro %}


{#-
    An integer shifted right: divided by 2^bits and rounded down, also below zero (-37 by 4 bits is -3).

    Takes   a bigint; Jinja: the number of bits
    Gives   a bigint
    Null    null for null
-#}
{% macro shift_right(column, bits) -%}{{ return(adapter.dispatch('shift_right', 'call_status')(column, bits)) }}{%- endmacro %}
{% macro default__shift_right(column, bits) -%}({{ column }} >> {{ bits }}){%- endmacro %}


{#-
    Aggregate: bitwise or over the rows of a group.

    Takes   a bigint
    Gives   a bigint
    Null    nulls are passed over; null where all are null
-#}
{% macro bit_or(column) -%}{{ return(adapter.dispatch('bit_or', 'call_status')(column)) }}{%- endmacro %}
{% macro default__bit_or(column) -%}bit_or({{ column }}){%- endmacro %}


{#-
    Aggregate: the value below which a share of the rows of a group lies. Between two rows it is interpolated: of 1, 2, 3, 10 half
    lies below 2.5. (BigQuery and Trino have no exact one for groups: there it is near.)

    Takes   a double; Jinja: a share from 0 to 1
    Gives   a double
    Null    nulls are passed over; null where all are null
-#}
{% macro percentile(column, share) -%}{{ return(adapter.dispatch('percentile', 'call_status')(column, share)) }}{%- endmacro %}
{% macro default__percentile(column, share) -%}percentile_cont({{ share }}) within group (order by {{ column }}){%- endmacro %}


{#- ==== long expressions ============================================================================================ -#}

{#-
    Ends a select whose expressions are read in many places behind it. PostgreSQL writes an expression into each place where it
    is read, so a chain of some selects grows until the server has no memory left. A condition on loaded_at does not pass
    such an end: PostgreSQL reads the whole raw table of a source that has it.

    Gives   what stands after the last clause of a select, or nothing
-#}
{% macro evaluated_once() -%}{{ return(adapter.dispatch('evaluated_once', 'call_status')()) }}{%- endmacro %}
{% macro default__evaluated_once() -%}{%- endmacro %}


{#- ==== JSON ======================================================================================================= -#}

{#-
    The text of a JSON document from a raw column. Text that is no JSON never fails the run.

    Takes   a column: text, JSON, or a nested type; Jinja: its data type, as the engine names it
    Gives   a text that is valid JSON
    Null    null for null, and for text that is no JSON
    Default none: a compiler error that says on which engines sources with JSON are read
-#}
{% macro json_document(column, data_type) -%}{{ return(adapter.dispatch('json_document', 'call_status')(column, data_type)) }}{%- endmacro %}
{% macro default__json_document(column, data_type) -%}{{ call_status.raise_no_json() }}{%- endmacro %}


{#-
    What stands at a path in a JSON document. Keys and places in arrays are joined by dots: `agents.0.name`; `-1` is the last place.

    Takes   a JSON document; Jinja: a path, or a list of paths of which the first that has a value counts
    Gives   a text: of a text without its quotes; of an object or an array as JSON
    Null    null where nothing is there, where it is null, and where it is empty text
    Default none: a compiler error
-#}
{% macro json_text(document, path) -%}
    {%- set found, paths = [], [path] if path is string else path -%}
    {%- for one in paths -%}
        {%- do found.append(adapter.dispatch('json_text', 'call_status')(document, one)) -%}
    {%- endfor -%}
    {{ return(found[0] if found | length == 1 else 'coalesce(' ~ found | join(', ') ~ ')') }}
{%- endmacro %}
{% macro default__json_text(document, path) -%}{{ call_status.raise_no_json() }}{%- endmacro %}


{#-
    The elements of an array in a JSON document, for unnest().

    Takes   a JSON document; Jinja: a path as json_text takes it, or empty text for the document itself
    Gives   an array of JSON documents, empty where there is none
    Null    null for null
    Default none: a compiler error
-#}
{% macro json_elements(document, path) -%}{{ return(adapter.dispatch('json_elements', 'call_status')(document, path)) }}{%- endmacro %}
{% macro default__json_elements(document, path) -%}{{ call_status.raise_no_json() }}{%- endmacro %}


{#-
    Whether one of some texts stands somewhere at a path in a JSON document.

    Takes   a JSON document; Jinja: a path as json_text takes it, with `*` for each element of an array, at least once:
            `legs.*.state`; Jinja: a list of texts, none of them with a quote
    Gives   a boolean, false where nothing is there
    Null    null for null
    Default none: a compiler error
-#}
{% macro has_json_text(document, path, texts) -%}{{ return(adapter.dispatch('has_json_text', 'call_status')(document, path, texts)) }}{%- endmacro %}
{% macro default__has_json_text(document, path, texts) -%}{{ call_status.raise_no_json() }}{%- endmacro %}


{#-
    Not dispatched; for the defaults of the macros on JSON: the error that says what to do.
-#}
{% macro raise_no_json() -%}
    {#- dbt parses the models of all sources, those that are off included. -#}
    {%- if execute -%}
    {{ exceptions.raise_compiler_error(
        "This source's raw tables hold JSON, which call_status reads on DuckDB and not yet on " ~ adapter.type() ~ ". Take the source out of "
        ~ "call_status_sources, or write " ~ adapter.type() ~ "__json_document, __json_text, __json_elements and __has_json_text in your project (their "
        ~ "contract: macros/engine/interface.sql).") }}
    {%- endif -%}
{%- endmacro %}


{#- ==== incremental models ========================================================================================= -#}

{#-
    The materialization of the incremental models.

    Gives   Jinja, its name:
              incremental               dbt's own, where the engine's dbt adapter takes a package's strategies
              call_status_incremental   this package's, on DuckDB (duckdb_materializations.sql) and Spark (spark_incremental.sql)
              table                     where neither works: every run builds the model anew
-#}
{% macro incremental() -%}{{ return(adapter.dispatch('incremental', 'call_status')()) }}{%- endmacro %}
{% macro default__incremental() -%}{{ return('incremental') }}{%- endmacro %}


{#-
    The materialization of small tables that each run makes anew.

    Gives   Jinja, its name: dbt's own table, or on DuckDB one that replaces it in one statement
-#}
{% macro small_table() -%}{{ return(adapter.dispatch('small_table', 'call_status')()) }}{%- endmacro %}
{% macro default__small_table() -%}{{ return('table') }}{%- endmacro %}


{#-
    Not dispatched. Whether this run adds to the model's table instead of building it: what dbt's is_incremental says, for
    any materialization that `incremental` names. dbt's own knows only the materialization of that name.

    Gives   Jinja: true or false. False also for facts whose evidence was made anew without them (stale_facts.sql)
-#}
{% macro is_incremental_run() %}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- set relation = load_cached_relation(this) -%}
    {{ return(
        relation is not none and relation.type == 'table'
        and model.config.materialized == call_status.incremental() and not should_full_refresh()
        and not (model.name == 'fct_calls' and call_status.is_evidence_rebuilt_alone())
    ) }}
{% endmacro %}


{#-
    Puts a run's new rows in the place of stored rows. The strategies of macros/runs end in it.

    Takes   the model's table; the table with the new rows; Jinja: a list of the columns;
            leaving   a condition on stored rows: which of them go
            coming    a condition on new rows: which of them come
            keys      Jinja: a list of columns that tell any two rows apart, or an empty list where there are none
    Gives   the statement that does it, so that readers see all of the change or nothing of it
-#}
{% macro replace_rows(target, new, columns, leaving, coming, keys) -%}{{ return(adapter.dispatch('replace_rows', 'call_status')(target, new, columns, leaving, coming, keys)) }}{%- endmacro %}
{% macro default__replace_rows(target, new, columns, leaving, coming, keys) %}
    delete from {{ target }} where {{ leaving }};

    insert into {{ target }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }} from {{ new }} where {{ coming }}
{% endmacro %}


{#-
    Whether one statement can change or replace the model's table so that no reader finds it half done or missing, and two can
    add rows to it at once. On Spark it depends on the file format, which dbt does not tell while it parses: false there.

    Gives   Jinja: true or false
-#}
{% macro is_atomic_table() -%}{{ return(adapter.dispatch('is_atomic_table', 'call_status')()) }}{%- endmacro %}
{% macro default__is_atomic_table() -%}{{ return(true) }}{%- endmacro %}
