from engines.dialects import Dialect

DIALECT = Dialect(
    profile={
        "type": "snowflake",
        "account": "none",
        "user": "none",
        "password": "none",
        "database": "warehouse",
        "schema": "main",
        "threads": 1,
    },
    timestamp="TIMESTAMP_NTZ",
    default_is_right="""
        percentile evaluated_once seconds_of_interval keyed_hash timestamp_plus type_double binary_text incremental small_table replace_rows is_atomic_table
    """,
    functions="""
        percentile_cont bitand bitor_agg bitshiftright chr concat convert_timezone date_part date_trunc dateadd datediff extract
        length lower md5 md5_number_lower64 mod power regexp_like sha2 split_part to_timestamp_ntz try_to_double
        try_to_timestamp_ntz try_to_timestamp_tz
    """,
    foreign=r"\s&\s|>>|<<",
)
