"""The Superset dashboard: packed, imported by Superset's own command into a fresh Superset, asked through its API and in a browser.

Superset keeps its own data in a SQLite file of a temporary folder. No other host is asked: a connection to one fails the test.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml
from call_status_tools import superset_bundle
from semantic.plain_sql import SQL
from support.harness import PROJECT, plain

if not os.environ.get("CALL_STATUS_TEST_SUPERSET"):
    pytest.skip("scripts/test --superset runs it", allow_module_level=True)

import playwright.sync_api
import prison

CONFIGURATION = """
SECRET_KEY = "only for tests, on this machine alone, and thrown away"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
WTF_CSRF_ENABLED = False
RATELIMIT_ENABLED = False
"""
# What docs/bi_tools.md tells to add, so that a browser asks no other host.
NO_OTHER_HOST = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
LABEL = """
    printf('%02d ', statuses.display_order) || if(calls.direction = 'incoming', 'In: ', 'Out: ') || calls.status
"""
LABELED = "calls_for_analysis as calls inner join dim_call_status as statuses using (direction, status)"
LEGS = "fct_call_legs as legs inner join calls_for_analysis as calls using (call_key)"
VISITS = "fct_queue_visits as visits inner join calls_for_analysis as calls using (call_key)"
FOLLOWUPS = "fct_missed_call_followups as followups inner join calls_for_analysis as calls using (call_key)"
ANSWERED = "calls.direction = 'incoming' and calls.status = 'Completed'"

# Chart → its rows, over calls one by one. `{where}` is what the dashboard's filters say.
EXPECTED = {
    "offered": "select count(*) filter (is_offered) from calls_for_analysis as calls where {where}",
    "answered": f"select count(*) filter ({ANSWERED}) from calls_for_analysis as calls where {{where}}",
    "answer_rate": f"""
        select count(*) filter ({ANSWERED}) / nullif(count(*) filter (is_offered), 0)
        from calls_for_analysis as calls where {{where}}""",
    "service_level": "select avg(is_within_service_level::integer) from calls_for_analysis as calls where {where}",
    "speed_of_answer": f"select avg(wait_seconds) filter ({ANSWERED}) from calls_for_analysis as calls where {{where}}",
    "callbacks_owed_number": f"select count(*) filter (is_owed) from {FOLLOWUPS} where {{where}}",
    "statuses": f"select local_date, {LABEL}, count(*) from {LABELED} where {{where}} group by all",
    "service_by_day": f"""
        select
            local_date, count(*) filter ({ANSWERED}) / nullif(count(*) filter (is_offered), 0),
            avg(is_within_service_level::integer)
        from calls_for_analysis as calls where direction = 'incoming' and {{where}} group by all""",
    "by_hour": f"""
        select local_hour, count(*) filter (is_offered), count(*) filter ({ANSWERED})
        from calls_for_analysis as calls where direction = 'incoming' and {{where}} group by all""",
    "reasons": f"""
        select {LABEL}, status_reason, count(*) from {LABELED}
        where calls.direction = 'incoming' and calls.status <> 'Completed' and {{where}} group by all""",
    "queues": f"""
        select
            visits.queue, count(*), count(*) filter (outcome = 'answered'), count(*) filter (outcome = 'answered') / count(*),
            avg(visits.wait_seconds)
        from {VISITS} where {{where}} group by all""",
    "callbacks_owed": f"""
        select
            calls.local_started_at, calls.customer_number, calls.business_number, calls.queue, calls.status, calls.status_reason,
            attempts_by_caller, attempts_by_team
        from {FOLLOWUPS} where is_owed and {{where}}""",
    "agents": f"""
        select
            legs.agent_id,
            count(*) filter (leg_status in ('answered', 'rejected', 'missed')),
            count(*) filter (leg_status = 'answered'),
            count(*) filter (leg_status = 'answered')
            / nullif(count(*) filter (leg_status in ('answered', 'rejected', 'missed')), 0),
            count(*) filter (leg_status = 'missed'), count(*) filter (leg_status = 'rejected'), sum(legs.talk_seconds) / 60
        from {LEGS} where {{where}} group by all""",
    "connect_rate": """
        select avg((status = 'Completed')::integer) from calls_for_analysis as calls where direction = 'outgoing' and {where}""",
    "canceled": """
        select status_reason, count(*) from calls_for_analysis as calls
        where direction = 'outgoing' and status = 'Canceled' and {where} group by all""",
    "outgoing": f"""
        select {LABEL}, status_reason, count(*) from {LABELED}
        where calls.direction = 'outgoing' and {{where}} group by all""",
    "calls": """
        select
            local_started_at, direction, status, status_message, customer_number, business_number, queue, agent_id, wait_seconds,
            talk_seconds
        from calls_for_analysis as calls where {where}""",
}
# Of which row the table's own agent or queue is meant, where it is not the call's.
OWN_COLUMN = {("agents", "agent_id"): "legs.agent_id", ("queues", "queue"): "visits.queue"}

# Filter of the dashboard → its value: a period without its last day, or values of its column.
FILTERS = {
    "none": None,
    "Dates": ("2026-03-05", "2026-03-09"),
    "Business number": ["+442079460001"],
    "Queue": ["support", "billing"],
    "Agent": ["agent-07"],
    "Direction": ["outgoing"],
}


@pytest.fixture(scope="module", autouse=True)
def no_other_host():
    """A connection to anything but a file or this machine is an error."""
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "localhost", "::1"):
            raise AssertionError("A connection to another host was tried.")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """The sample, built as scripts/run does."""
    path = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    environment = {**os.environ, "CALL_STATUS_DB": str(path)}
    subprocess.run([PROJECT / "scripts" / "run"], env=environment, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def sql(database, tmp_path_factory):
    """Asks a copy of the sample: one process cannot open a file in two ways."""
    copy = shutil.copy(database, tmp_path_factory.mktemp("copy") / database.name)
    with duckdb.connect(copy, read_only=True) as connection:
        yield lambda text: connection.execute(text).fetchall()


class Superset:
    """A Superset of its own with the dashboard, asked through its HTTP API."""

    def __init__(self, folder: Path, database: Path):
        configuration = folder / "superset_config.py"
        (policy,) = NO_OTHER_HOST.findall((PROJECT / "docs" / "bi_tools.md").read_text())
        configuration.write_text(CONFIGURATION.format(folder=folder) + policy)
        os.environ |= {
            "SUPERSET_CONFIG_PATH": str(configuration),
            "SUPERSET_HOME": str(folder),
            "FLASK_APP": "superset",
        }
        bundle = folder / "call_status.zip"
        superset_bundle.write(bundle, f"duckdb:///{database}")
        person = [
            "--username",
            "admin",
            "--firstname",
            "a",
            "--lastname",
            "b",
            "--email",
            "a@b.invalid",
            "--password",
            "admin",
        ]
        self.command("db", "upgrade")
        self.command("fab", "create-admin", *person)
        self.command("init")
        self.command("import-dashboards", "-p", bundle, "-u", "admin")
        from superset.app import create_app

        self.client = create_app().test_client()
        token = self.client.post(
            "/api/v1/security/login", json={"username": "admin", "password": "admin", "provider": "db"}
        ).json["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.dashboard = self.get("dashboard/call_status")["result"]
        file_of = {
            superset_bundle.read(path)["uuid"]: path.stem for path in (superset_bundle.BUNDLE / "charts").glob("*.yaml")
        }
        places = json.loads(self.dashboard["position_json"]).values()
        charts = [place["meta"] for place in places if isinstance(place, dict) and place["type"] == "CHART"]
        self.charts = {file_of[chart["uuid"]]: chart["chartId"] for chart in charts}

    def command(self, *arguments):
        done = subprocess.run(
            [Path(sys.executable).with_name("superset"), *map(str, arguments)], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]

    def get(self, path):
        answer = self.client.get(f"/api/v1/{path}", headers=self.headers)
        assert answer.status_code == 200, answer.text[:2000]
        return answer.json

    def ask(self, context):
        answer = self.client.post("/api/v1/chart/data", json=context, headers=self.headers)
        assert answer.status_code == 200, answer.text[:2000]
        (result,) = answer.json["result"]
        assert result["error"] is None and result["rejected_filters"] == [], result
        return result


def rows_of(result):
    """The rows in the order of the columns; times are sent as milliseconds."""
    is_time = {name for name, kind in zip(result["colnames"], result["coltypes"]) if kind == 2}
    return [
        tuple(moment(row[name]) if name in is_time else row[name] for name in result["colnames"])
        for row in result["data"]
    ]


def moment(milliseconds):
    return None if milliseconds is None else datetime(1970, 1, 1) + timedelta(milliseconds=milliseconds)


@pytest.fixture(scope="module")
def superset(database, tmp_path_factory):
    return Superset(tmp_path_factory.mktemp("superset"), database)


def comparable(rows):
    """Rows without order; a date is its midnight, numbers are compared to six digits."""
    return Counter(
        tuple(
            datetime.combine(value, datetime.min.time())
            if type(value).__name__ == "date"
            else round(float(plain(value)), 6)
            if isinstance(plain(value), (int, float))
            else value.replace(microsecond=0)
            if isinstance(value, datetime)
            else value
            for value in row
        )
        for row in rows
    )


def filter_of(superset, name):
    filters = json.loads(superset.dashboard["json_metadata"])["native_filter_configuration"]
    (found,) = [one for one in filters if one["name"] == name]
    return found


def filtered(superset, context, name):
    """The query as the dashboard asks it where this filter is set."""
    value, (query,) = FILTERS[name], context["queries"]
    if name == "Dates":
        assert filter_of(superset, name)["filterType"] == "filter_time"
        for one in query["filters"]:
            if one["op"] == "TEMPORAL_RANGE":
                one["val"] = " : ".join(value)
    elif value:
        (target,) = filter_of(superset, name)["targets"]
        query["filters"].append({"col": target["column"]["name"], "op": "IN", "val": value})
    return context


def condition(superset, chart, name):
    """The same filter in SQL."""
    value = FILTERS[name]
    if name == "Dates":
        return f"calls.local_date >= '{value[0]}' and calls.local_date < '{value[1]}'"
    if not value:
        return "true"
    column = filter_of(superset, name)["targets"][0]["column"]["name"]
    texts = ", ".join(f"'{one}'" for one in value)
    return f"{OWN_COLUMN.get((chart, column), f'calls.{column}')} in ({texts})"


def test_every_chart_is_on_the_dashboard_and_is_compared(superset):
    assert superset.charts.keys() == EXPECTED.keys()
    assert {path.stem for path in (superset_bundle.BUNDLE / "charts").glob("*.yaml")} == EXPECTED.keys()


@pytest.mark.parametrize("name", FILTERS)
def test_charts_are_those_of_sql(superset, sql, name):
    """Every chart through its saved query: without a filter as Superset itself asks it, and with each filter of the dashboard."""
    wrong, not_empty = [], 0
    for chart, chart_id in superset.charts.items():
        context = json.loads(superset.get(f"chart/{chart_id}")["result"]["query_context"])
        if name == "none":
            (result,) = superset.get(f"chart/{chart_id}/data/")["result"]
        else:
            result = superset.ask(filtered(superset, context, name))
        expected = sql(EXPECTED[chart].format(where=condition(superset, chart, name)))
        got = rows_of(result)
        not_empty += any(value for row in got for value in row)
        if comparable(got) != comparable(expected):
            wrong.append(
                (
                    chart,
                    [*(comparable(got) - comparable(expected))][:3],
                    [*(comparable(expected) - comparable(got))][:3],
                )
            )
    assert wrong == []
    assert not_empty >= (5 if name == "Direction" else 12)


def test_call_backs_are_listed_oldest_first(superset):
    (result,) = superset.get(f"chart/{superset.charts['callbacks_owed']}/data/")["result"]
    times = [row[0] for row in rows_of(result)]
    assert len(times) > 1 and times == sorted(times)


def test_every_metric_of_a_dataset_is_that_of_sql(superset, sql):
    """Also those that no chart shows; named and described as the semantic layer does."""
    formulas = {name: (formula, relation) for relation, part in SQL.items() for name, formula in part.items()}
    defined = {
        metric["name"].removeprefix("call_status_"): metric
        for metric in yaml.safe_load(superset_bundle.METRICS.read_text())["metrics"]
    }
    compared = 0
    for dataset in superset.get("dataset/?q=(page_size:100)")["result"]:
        metrics = superset.get(f"dataset/{dataset['id']}")["result"]["metrics"]
        for metric in metrics:
            name = metric["metric_name"]
            assert metric["verbose_name"] == defined[name]["label"] and metric["description"]
            query = {"columns": [], "metrics": [name], "filters": [], "orderby": [], "row_limit": 1}
            result = superset.ask({"datasource": {"id": dataset["id"], "type": "table"}, "queries": [query]})
            formula, relation = formulas[name]
            assert comparable(rows_of(result)) == comparable(sql(f"select {formula} from {relation}")), name
            compared += 1
    assert compared > 15


def test_statuses_have_one_order_and_one_colour(superset, sql):
    colours = json.loads(superset.dashboard["json_metadata"])["label_colors"]
    labels = sql(
        "select printf('%02d ', display_order) || if(direction = 'incoming', 'In: ', 'Out: ') || status, status"
        " from dim_call_status order by display_order"
    )
    assert [*colours] == [label for label, _ in labels] == sorted(colours)
    of_status = {}
    for label, status in labels:
        of_status.setdefault(status, set()).add(colours[label])
    assert all(len(found) == 1 for found in of_status.values())


# ---- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(superset):
    """The same Superset as a server, as `superset run` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("superset"), "run", "-h", "127.0.0.1", "-p", str(port), "--with-threads"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
                break
            except OSError:
                assert server.poll() is None, "superset run has ended"
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def refuse(page, route):
    """Notes and stops what would leave the machine. What Superset's own policy forbids does not come so far."""
    page.asked.add(urllib.parse.urlsplit(route.request.url).netloc)
    route.abort()


@pytest.fixture(scope="module")
def browser(address):
    """A page of somebody who is logged in. `asked` has the other hosts that it asked, `answers` the data of charts that came."""
    with playwright.sync_api.sync_playwright() as library:
        chromium = library.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.asked, page.answers = set(), []
        page.route(
            lambda url: url.startswith("http") and not url.startswith(address), lambda route: refuse(page, route)
        )
        page.on("response", lambda answer: page.answers.append(answer) if "/api/v1/chart/data" in answer.url else None)
        page.goto(f"{address}/login/")
        page.fill("#username", "admin")
        page.fill("#password", "admin")
        page.keyboard.press("Enter")
        page.wait_for_url("**/welcome/", timeout=60_000)
        yield page
        chromium.close()


def open_dashboard(browser, address, filters=None):
    """Opens the dashboard with filters set, scrolls through it, and returns what its charts were sent: chart's id → rows."""
    browser.answers.clear()
    # The library leaves a number with a plus bare, which Superset does not read.
    text = re.sub(r"(?<=[(,:])\+\w+", r"'\g<0>'", prison.dumps(filters or {}))
    query = "?" + urllib.parse.urlencode({"native_filters": text}) if filters else ""
    browser.goto(f"{address}/superset/dashboard/call_status/{query}")
    charts = browser.locator(".dashboard-component-chart-holder")
    charts.first.wait_for(timeout=60_000)
    for place in range(charts.count()):
        charts.nth(place).scroll_into_view_if_needed()
        browser.wait_for_timeout(150)
    # A picture of a chart's data is drawn once the data is there; a chart that waits for it shows a sign of loading.
    browser.wait_for_load_state("networkidle", timeout=60_000)
    browser.wait_for_function("!document.querySelector('.dashboard-component-chart-holder .loading')", timeout=60_000)
    assert browser.locator(".dashboard-component-chart-holder .ant-alert-error").count() == 0
    sent = {}
    for answer in browser.answers:
        assert answer.status == 200, answer.url
        form = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.url).query).get("form_data")
        if form:  # otherwise it is the list of a filter's values
            sent[json.loads(form[0])["slice_id"]] = answer.json()["result"][0]
    return sent


def drawn_rows(chart, result):
    """The rows as the query gave them: for a picture, a browser has the series beside each other, in order of the alphabet."""
    params = superset_bundle.read(superset_bundle.BUNDLE / "charts" / f"{chart}.yaml")["params"]
    if "x_axis" not in params:
        return rows_of(result)
    if params["groupby"]:
        series = result["colnames"][1:]
        return [
            (row[0], name, value)
            for row in rows_of(result)
            for name, value in zip(series, row[1:])
            if value is not None
        ]
    return rows_of({**result, "colnames": [params["x_axis"], *params["metrics"]], "coltypes": result["coltypes"]})


def state_of(superset, name):
    """A filter with its value, as the dashboard keeps it in its address."""
    one, value = filter_of(superset, name), FILTERS[name]
    if name == "Dates":
        given = {"time_range": " : ".join(value)}
        state = {"value": given["time_range"]}
    else:
        given = {"filters": [{"col": one["targets"][0]["column"]["name"], "op": "IN", "val": value}]}
        state = {"value": value}
    return {one["id"]: {"id": one["id"], "extraFormData": given, "filterState": state, "ownState": {}}}


@pytest.mark.parametrize("name", FILTERS)
def test_a_browser_shows_the_same(superset, sql, browser, address, name):
    """Every chart is drawn without an error, from the rows of SQL; the big numbers are read from the page."""
    sent = open_dashboard(browser, address, state_of(superset, name) if name != "none" else None)
    wrong = {}
    for chart, chart_id in superset.charts.items():
        expected = sql(EXPECTED[chart].format(where=condition(superset, chart, name)))
        got = drawn_rows(chart, sent[chart_id])
        if comparable(got) != comparable(expected):
            wrong[chart] = (
                [*(comparable(got) - comparable(expected))][:3],
                [*(comparable(expected) - comparable(got))][:3],
            )
    assert wrong == {}
    for chart, title in (
        ("offered", "Offered"),
        ("answered", "Answered"),
        ("callbacks_owed_number", "Call-backs owed"),
    ):
        ((number,),) = sql(EXPECTED[chart].format(where=condition(superset, chart, name)))
        holder = browser.locator(f".dashboard-chart-id-{superset.charts[chart]}")
        assert title in holder.inner_text() and f"{number:,}" in holder.inner_text().split()
    assert browser.asked == set()
