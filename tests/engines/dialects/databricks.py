from engines.dialects import Dialect

DIALECT = Dialect(
    profile={
        "type": "databricks",
        "host": "none",
        "http_path": "none",
        "token": "none",
        "catalog": "warehouse",
        "schema": "main",
        "threads": 1,
    },
    timestamp="timestamp",
    text="string",
    parent="spark",
    default_is_right="evaluated_once small_table text_matches keyed_hash random_key bitand bit_or binary_text",
    functions="""
        percentile bit_or chr concat conv date_trunc extract from_utc_timestamp get length lower md5 power regexp_extract
        regexp_like regexp_replace sha2 shiftright split timestamp_micros timestampadd timestampdiff unix_micros
    """,
    foreign=r">>",
)
