from engines.dialects import Dialect

DIALECT = Dialect(
    profile={
        "type": "redshift",
        "host": "none",
        "port": 5439,
        "user": "none",
        "password": "none",
        "dbname": "warehouse",
        "schema": "main",
        "threads": 1,
    },
    timestamp="timestamp without time zone",
    parent="postgres",
    default_is_right="""
        percentile zone_to_utc utc_to_zone timestamp_plus text_literal type_double bitand shift_right bit_or incremental small_table replace_rows is_atomic_table
    """,
    functions="""
        percentile_cont bit_or chr concat date_trunc dateadd datediff extract farmfingerprint64 length lower md5 power sha2 split_part
    """,
)
