from engines.dialects import Dialect

DIALECT = Dialect(
    profile={
        "type": "bigquery",
        "method": "oauth-secrets",
        "token": "none",
        "project": "warehouse",
        "dataset": "main",
        "threads": 1,
    },
    timestamp="TIMESTAMP",
    text="STRING",
    default_is_right="evaluated_once small_table seconds_of_interval bitand bit_or binary_text",
    functions="""
        approx_quantiles bit_or chr concat datetime_add datetime_diff div extract farm_fingerprint length lower md5 power
        regexp_contains safe_offset sha256 split timestamp_add timestamp_micros timestamp_trunc to_hex unix_micros
    """,
    is_rebuilt=True,
    foreign=r"::",
)
