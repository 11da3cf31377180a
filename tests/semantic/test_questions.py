"""The queries for MetricFlow of docs/questions.md: as `mf` reads them, they give the answers of the SQL above them."""

import csv
import os
import re
import shlex
from decimal import Decimal

import pytest
from call_status_tools.docs import render

if not os.environ.get("CALL_STATUS_TEST_SEMANTIC"):
    pytest.skip("scripts/test --semantic runs it", allow_module_level=True)

from semantic.metrics import metrics_of

PAGE = render.QUESTIONS.read_text("utf-8")
CHAPTER = re.compile(r"^## (\d+)\. .*\n((?:(?!## ).*\n)*)", re.MULTILINE)
# A query in SQL, its answer, and the command below.
ASKED_TWICE = re.compile(rf"{render.ANSWER.pattern}(?:(?!```).*\n)*```\n+```sh\n((?:(?!```).*\n)*)```$", re.MULTILINE)
# Number of the question → its SQL, its command.
ASKED = {
    number: (sql, command)
    for number, chapter in CHAPTER.findall(PAGE)
    for _, sql, command in ASKED_TWICE.findall(chapter)
}
PERIODS = {"metric_time__day": "local_date", "metric_time__week": "week_start"}


@pytest.fixture(scope="module")
def answers(sample, tmp_path_factory):
    """Number of the question → the rows of SQL, those of MetricFlow under the names that SQL has, and the dimensions' names."""
    file = tmp_path_factory.mktemp("answers") / "answer.csv"
    of_sql = {number: sample.query(sql) for number, (sql, _) in ASKED.items()}
    found = {}
    with metrics_of(sample) as metrics:
        for number, (_, command) in ASKED.items():
            program, *arguments = shlex.split(command.replace("\\\n", " "))
            code, output = metrics.mf(*arguments, "--csv", str(file))
            assert (program, code) == ("mf", 0), f"question {number}: {output}"
            with file.open(newline="") as lines:
                rows = list(csv.DictReader(lines))
            of_metricflow = [{name_in_sql(column): value for column, value in row.items()} for row in rows]
            dimensions = [name_in_sql(column) for column in rows[0] if "__" in column]
            found[number] = of_sql[number], of_metricflow, dimensions
    return found


def name_in_sql(column):
    """A dimension without its entity, a metric without call_status_."""
    return PERIODS.get(column) or column.rpartition("__")[2].removeprefix("call_status_")


def by_dimensions(rows, dimensions):
    """What stands in the dimensions, as text → the row. Of a time, its day."""

    def text(name, value):
        return "" if value is None else str(value)[: len("2026-03-16") if name in PERIODS.values() else None]

    found = {tuple(text(name, row[name]) for name in dimensions): row for row in rows}
    assert len(found) == len(rows)
    return found


def last_digit(values):
    """What one more in the last decimal place is: SQL has rounded to that."""
    return 10 ** -max(-Decimal(str(value)).as_tuple().exponent for value in values if value is not None)


def test_no_command_is_overlooked():
    assert len(ASKED) == PAGE.count("\nmf query ") > 10


@pytest.mark.parametrize("number", ASKED)
def test_metricflow_answers_as_sql_does(number, answers):
    """It has the same rows, and all that it has is in SQL's answer."""
    of_sql, of_metricflow, dimensions = answers[number]
    expected, got = by_dimensions(of_sql, dimensions), by_dimensions(of_metricflow, dimensions)
    assert got.keys() == expected.keys()
    metrics = [name for name in of_metricflow[0] if name not in dimensions]
    assert metrics and not {*metrics} - of_sql[0].keys()
    for name in metrics:
        tolerance = 0.501 * last_digit([row[name] for row in of_sql])
        for key, row in expected.items():
            value = None if got[key][name] == "" else float(got[key][name])
            assert value == (None if row[name] is None else pytest.approx(float(row[name]), rel=0, abs=tolerance)), key
