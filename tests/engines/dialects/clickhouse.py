from engines.dialects import Dialect

DIALECT = Dialect(
    profile={"type": "clickhouse", "schema": "main", "threads": 1},
    timestamp="DateTime64(6)",
    text="String",
    default_is_right="evaluated_once small_table seconds_of_interval timestamp_plus binary_text",
    functions="""
        quantileExactInclusive bitAnd bitShiftRight concat date_trunc dateadd datediff extract fromUnixTimestamp64Micro groupBitOr hex length
        lower match MD5 parseDateTime64BestEffortOrNull power SHA256 sipHash64 splitByString toDateTime64
        toFloat64OrNull toInt64 toString toUnixTimestamp64Micro
    """,
    is_rebuilt=True,
    foreign=r"\s&\s|>>|<<",
    known_to_fail="chr",
)
