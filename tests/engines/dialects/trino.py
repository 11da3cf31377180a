from engines.dialects import Dialect

DIALECT = Dialect(
    profile={
        "type": "trino",
        "method": "none",
        "retries": 1,
        "prepared_statements_enabled": True,
        "host": "none",
        "port": 443,
        "user": "none",
        "database": "warehouse",
        "schema": "main",
        "threads": 1,
    },
    timestamp="timestamp(6)",
    default_is_right="evaluated_once small_table text_matches seconds_of_interval timestamp_plus text_literal binary_text",
    functions="""
        approx_percentile bitwise_and bitwise_or_agg bitwise_right_shift_arithmetic chr concat date_add date_trunc extract
        from_big_endian_64 from_iso8601_timestamp_nanos from_unixtime_nanos length lower md5 power regexp_like
        regexp_replace sha256 split_part to_hex to_milliseconds to_unixtime to_utf8 try with_timezone xxhash64
    """,
    is_rebuilt=True,
    foreign=r"\s&\s|>>|<<|::",
)
