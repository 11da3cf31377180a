"""What every competitor is told."""

import argparse


def parse(description: str):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--input", required=True, help="the Parquet file or the DuckDB database with the raw events")
    parser.add_argument("--output", required=True, help="the Parquet file or the table to write")
    parser.add_argument("--as-of", default="2026-03-16 10:05:00", help="the clock, UTC")
    return parser.parse_args()
