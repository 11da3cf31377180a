"""Every KPI, asked of MetricFlow: equal to plain SQL over the marts, and to plain Python over calls (kpis.py).

On the sample, and on a bank's real day where it lies beside the checkout.
"""

import os
from datetime import datetime

import pytest
from rules.reference import Settings, derive
from sources import records
from support.harness import PROJECT

from semantic import kpis
from semantic.plain_sql import SQL

if not os.environ.get("CALL_STATUS_TEST_SEMANTIC"):
    pytest.skip("scripts/test --semantic runs it", allow_module_level=True)

from semantic.metrics import metrics_of

NAMES = {name for formulas in SQL.values() for name in formulas}
# A group → as MetricFlow calls it, and as SQL does.
GROUPS = {
    "in total": (None, None),
    "by local day": ("metric_time__day", "calls.local_date"),
    "by number": ("call_status_call__business_number", "calls.business_number"),
}

BANK = PROJECT.parent / "shared" / "data" / "bank_1999"


@pytest.fixture(scope="module")
def bank(new_warehouse):
    """The real day. A month later, so that call-backs are expired."""
    if not BANK.is_dir():
        pytest.skip(f"the bank's day is not at {BANK}")
    warehouse = new_warehouse()
    warehouse.vars = {"call_status_as_of": "1999-09-01 00:00:00"}
    (events,) = BANK.glob("call_events_*.csv")
    records.load_file(warehouse, events, "canonical")
    warehouse.dbt("build", vars=warehouse.vars)
    return warehouse


@pytest.fixture(scope="module", params=["sample", "bank"])
def asked(request):
    """What MetricFlow says of every KPI, in every group: group → its rows. And the warehouse."""
    warehouse = request.getfixturevalue(request.param)
    with metrics_of(warehouse) as metrics:
        names = [metric.name for metric in metrics.manifest.metrics]
        answers = {group: metrics.ask(names, [column] if column else []) for group, (column, _) in GROUPS.items()}
    warehouse.name = request.param
    return warehouse, answers


# Of a group without any call, leg or visit MetricFlow says nothing, where SQL may count 0.
COUNTS = {
    name
    for formulas in SQL.values()
    for name, formula in formulas.items()
    if formula.startswith("count(") and " / " not in formula
}


def by_group(rows, column):
    """Group → KPI → value."""
    found = {}
    for row in rows:
        key = row[column] if column else None
        found[key.date() if isinstance(key, datetime) else key] = {
            name.removeprefix("call_status_"): value for name, value in row.items()
        }
    return found


def is_same(name, one, other):
    if name in COUNTS:
        return (one or 0) == (other or 0)
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=1e-9, abs=1e-9)


def differences(expected, got):
    """Group, KPI, expected value, value."""
    pairs = [
        (key, name, expected.get(key, {}).get(name), got.get(key, {}).get(name))
        for key in expected.keys() | got.keys()
        for name in NAMES
    ]
    return [pair for pair in pairs if not is_same(*pair[1:])]


def test_mf_validates_the_configuration(sample):
    """Also in the warehouse: every dimension, measure and metric is computed once."""
    with metrics_of(sample) as metrics:
        code, output = metrics.mf("validate-configs", "--show-all")
    assert code == 0, output
    assert "WARNING" not in output.replace("WARNINGS: 0", ""), output


@pytest.mark.parametrize("group", GROUPS)
def test_metrics_are_those_of_sql(asked, group):
    warehouse, answers = asked
    name, column = GROUPS[group]
    expected = {}
    for relation, formulas in SQL.items():
        columns = ", ".join(f"{formula} as {kpi}" for kpi, formula in formulas.items())
        grouped = f"group by {column}" if column else ""
        for row in warehouse.query(f"select {column or 'null'} as key, {columns} from {relation} {grouped}"):
            expected.setdefault(row.pop("key"), {}).update(row)
    assert differences(expected, by_group(answers[group], name)) == []


@pytest.mark.parametrize("group", GROUPS)
def test_metrics_are_those_of_plain_python(asked, group):
    warehouse, answers = asked
    firm, calls, legs, visits = plain_rows(warehouse)
    key = {
        "in total": lambda call: None,
        "by local day": lambda call: kpis.local_start(call, firm).date(),
        "by number": lambda call: call["business_number"],
    }[group]
    key_of_call = {kpis.id_of(call): key(call) for call in calls}
    parts = {group: ([], [], []) for group in key_of_call.values()}
    for place, rows in enumerate((calls, legs, visits)):
        for row in rows:
            parts[key_of_call[kpis.id_of(row)]][place].append(row)
    expected = {group: kpis.kpis(*part, calls, firm) for group, part in parts.items()}
    assert expected and {*next(iter(expected.values()))} == NAMES
    assert differences(expected, by_group(answers[group], GROUPS[group][0])) == []


def plain_rows(warehouse):
    """The firm, and its calls, legs and visits of queues: of the bank made from its raw events, of the sample the facts."""
    visits = warehouse.query(
        "select visits.*, source_system, call_id from fct_queue_visits as visits inner join fct_calls using (call_key)"
    )
    as_of = datetime.fromisoformat(warehouse.vars["call_status_as_of"])
    if warehouse.name == "bank":
        made = derive(warehouse.query("select * from raw.call_events"), Settings(as_of))
        return kpis.Firm(as_of), made["fct_calls"], made["fct_call_legs"], visits
    numbers = warehouse.query("select business_number, time_zone from dim_phone_numbers where time_zone is not null")
    zones = {row["business_number"]: row["time_zone"] for row in numbers}
    facts = [warehouse.query(f"select * from {relation}") for relation in ("fct_calls", "fct_call_legs")]
    return kpis.Firm(as_of, zones=zones), *facts, visits


def test_saved_queries_answer(sample):
    with metrics_of(sample) as metrics:
        names = [query.name for query in metrics.manifest.saved_queries]
        answers = {name: metrics.ask(saved_query_name=name) for name in names}
    assert len(names) >= 8 and all(answers.values()), {name: len(rows) for name, rows in answers.items()}
    canceled = {
        row["call_status_call__status_reason"]: row["call_status_canceled_calls"]
        for row in answers["call_status_canceled_by_reason"]
    }
    counted = sample.query(
        "select status_reason, count(*) as calls from fct_outgoing_calls where status = 'Canceled' group by status_reason"
    )
    assert canceled == {row["status_reason"]: row["calls"] for row in counted}


def test_a_period_of_days_has_its_last_day(sample):
    """As dates are given to `mf query --start-time --end-time`; and hours add up to their day."""
    (day,) = sample.query(
        "select local_date as day, count(*) as calls from calls_for_analysis group by all order by calls desc limit 1"
    )
    start = datetime.combine(day["day"], datetime.min.time())
    hour = "call_status_call__local_started_at__hour"
    with metrics_of(sample) as metrics:
        period = {"time_constraint_start": start, "time_constraint_end": start}
        answer = metrics.ask(["call_status_calls"], **period)
        hours = metrics.ask(["call_status_calls"], [hour])
    assert answer == [{"call_status_calls": day["calls"]}]
    of_day = [row["call_status_calls"] for row in hours if row[hour].date() == day["day"]]
    assert len(of_day) > 1 and sum(of_day) == day["calls"]
