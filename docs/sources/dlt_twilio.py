"""A dlt pipeline that fills raw.twilio_calls with Twilio's calls of the last days, once or every hour.

    scripts/setup dlt
    TWILIO_ACCOUNT_SID=AC... TWILIO_AUTH_TOKEN=... .venv-dlt/bin/python docs/sources/dlt_twilio.py
    .venv/bin/dbt build --vars '{call_status_sources: [twilio]}'

Days overlap on purpose: a call that was under way in the last run comes again when it is over, and one that comes again as it was
changes nothing. dlt leaves a column out while it is empty in all rows; the models read it as null.

| variable | is | default |
|---|---|---|
| TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN | whose calls, and the key | none |
| TWILIO_DAYS | how many days back | 2 |
| TWILIO_API | the address of the API | https://api.twilio.com |
| CALL_STATUS_DB | the DuckDB file | warehouse/call_status.duckdb of this project |
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dlt
from dlt.sources.rest_api import rest_api_source

PROJECT = Path(__file__).resolve().parents[2]


def calls(account: str, token: str, since: datetime, api: str):
    """The source: pages of calls, each call with the time at which it reached the warehouse (UTC)."""
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{api}/2010-04-01/Accounts/{account}/",
                "auth": {"type": "http_basic", "username": account, "password": token},
                "paginator": {"type": "json_link", "next_url_path": "next_page_uri"},
            },
            "resources": [
                {
                    "name": "twilio_calls",
                    "write_disposition": "append",
                    "endpoint": {
                        "path": "Calls.json",
                        "data_selector": "calls",
                        "params": {"StartTime>": f"{since:%Y-%m-%d}", "PageSize": 1000},
                    },
                }
            ],
        },
        name="twilio",
        max_table_nesting=0,
    )
    loaded_at = datetime.now(UTC)
    source.resources["twilio_calls"].add_map(lambda call: {**call, "loaded_at": loaded_at})
    return source


def main() -> None:
    database = os.environ.get("CALL_STATUS_DB") or PROJECT / "warehouse" / "call_status.duckdb"
    pipeline = dlt.pipeline(
        "call_status_twilio", destination=dlt.destinations.duckdb(str(database)), dataset_name="raw"
    )
    since = datetime.now(UTC) - timedelta(days=int(os.environ.get("TWILIO_DAYS") or 2))
    api = os.environ.get("TWILIO_API") or "https://api.twilio.com"
    print(pipeline.run(calls(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"], since, api)))


if __name__ == "__main__":
    main()
