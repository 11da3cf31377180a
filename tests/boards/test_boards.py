"""Each board in a real browser: it shows the very numbers that SQL gives, whatever its filters, and asks no other machine."""

import os
import re
import subprocess
from datetime import date

import pytest
import yaml
from call_status_tools import board as command
from support.harness import PROJECT

from boards.expected import BOARDS, LOADED, Number, Stack

pytestmark = pytest.mark.skipif(
    not os.environ.get("CALL_STATUS_TEST_BOARDS"), reason="scripts/test --boards runs it, in a browser"
)

CHOICES = {
    "dates": (date(2026, 3, 9), date(2026, 3, 13)),
    "day": date(2026, 3, 13),
    "number": "Germany (+493023125001)",
    "queue": "support",
    "agent": "Aylin Kaya (agent-01)",
    "direction": "outgoing",
    "team": "Support",
}
# What each board must offer.
FILTERS = {
    "today": ["number", "queue", "agent", "day"],
    "unanswered": ["dates", "number", "queue", "agent", "direction"],
    "callbacks": ["dates", "number", "queue", "agent", "team"],
    "agents": ["dates", "number", "queue", "agent"],
    "outgoing": ["dates", "number", "queue", "agent"],
    "data_health": ["dates", "number", "queue", "agent"],
}
# What dct says of a board that is right all the same.
HARMLESS = {
    "WARN-CATEGORY-COLOR-PIN-UNSEEN",  # a board of one direction has not the statuses of the other
}


def differences(shown: dict, expected, board: str) -> dict:
    """Chart → what is shown and what should be, where they differ. Empty where all is right."""
    found = {}
    for name in shown.keys() | BOARDS[board].keys():
        if name not in shown or name not in BOARDS[board]:
            found[name] = "is on the page or among the expected charts alone"
            continue
        wanted = expected.chart(BOARDS[board][name])
        seen = shown[name].values if isinstance(BOARDS[board][name], Stack) else shown[name]
        if not is_same(seen, wanted):
            found[name] = {"shown": seen, "wanted": wanted}
    return found


def is_same(seen: list, wanted: list) -> bool:
    """Marks are drawn in any order, and say their numbers with as many digits as they need."""
    if not wanted or not isinstance(wanted[0], tuple):
        return seen == wanted
    seen, wanted = sorted(seen), sorted(wanted)
    return [one[:2] for one in seen] == [one[:2] for one in wanted] and all(
        abs(one[2] - other[2]) < 0.006 for one, other in zip(seen, wanted, strict=True)
    )


# ---- the very numbers of SQL -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("board", BOARDS)
def test_every_number_is_that_of_sql(board, url, open_board, expected):
    page = open_board(f"{url}/{board}")
    expected.choose(board)
    assert page.errors() == []
    assert differences(page.charts(), expected, board) == {}


@pytest.mark.parametrize(("board", "name"), [(board, name) for board, names in FILTERS.items() for name in names])
def test_a_filter_changes_the_numbers_rightly(board, name, url, open_board, expected):
    page = open_board(f"{url}/{board}")
    before = page.charts()
    page.choose(name, CHOICES[name])
    expected.choose(board, **{name: CHOICES[name]})
    after = page.charts()
    assert page.errors() == []
    assert after != before
    assert differences(after, expected, board) == {}


@pytest.mark.parametrize("board", BOARDS)
def test_filters_hold_together(board, url, open_board, expected):
    page = open_board(f"{url}/{board}")
    chosen = {name: CHOICES[name] for name in FILTERS[board] if name in ("dates", "day", "number")}
    for name, value in chosen.items():
        page.choose(name, value)
    expected.choose(board, **chosen)
    assert differences(page.charts(), expected, board) == {}


def test_each_board_has_its_filters(url, open_board):
    assert {board: open_board(f"{url}/{board}").filters() for board in BOARDS} == FILTERS


@pytest.mark.parametrize("board", ["unanswered", "outgoing"])
def test_numbers_on_bars_are_those_of_the_bars(board, url, open_board):
    for name, chart in open_board(f"{url}/{board}").charts().items():
        if isinstance(BOARDS[board][name], Stack):
            left = [f"{number:g}" for *_, number in chart.values]
            for label in chart.labels:
                left.remove(label)
            assert chart.labels, name


def test_the_sentence_says_which_calls_and_how_new_they_are(url, open_board, expected):
    ((loaded,),) = expected.rows(f"select strftime({LOADED}, '%-d %B %Y, %H:%M UTC')")
    for board in BOARDS:
        sentence = open_board(f"{url}/{board}").sentence()
        days = "Monday 16 March 2026" if board == "today" else "2 March 2026 to 16 March 2026"
        if board == "callbacks":  # the first missed call
            expected.choose(board)
            ((first, last),) = expected.rows(
                "select min(local_date), max(local_date) from kept join fct_missed_call_followups using (call_key)"
            )
            days = f"{first:%-d %B %Y} to {last:%-d %B %Y}"
        assert days in sentence and loaded in sentence and "Definitions" in sentence, sentence


# ---- statuses look the same everywhere ---------------------------------------------------------------------------------


def test_one_colour_for_each_status(expected):
    colours = yaml.safe_load((PROJECT / "charts" / "meta.yml").read_text("utf-8"))["style"]["charts"]["category_colors"]
    statuses = {status for (status,) in expected.rows("select distinct status from dim_call_status")}
    assert colours["status"]["values"].keys() == statuses
    assert len(set(colours["status"]["values"].values())) == len(statuses)


def test_legends_list_the_statuses_in_their_order(url, open_board, expected):
    """A stack is read from below, its legend from above."""
    for board, direction in (("unanswered", "incoming"), ("outgoing", "outgoing")):
        page = open_board(f"{url}/{board}").page
        legend = page.locator('[data-chart-id="by_day"] .role-legend-label').all_text_contents()
        order = expected.rows(
            f"select status from dim_call_status where direction = '{direction}' order by display_order desc"
        )
        assert [text.strip() for text in legend] == [status for (status,) in order]


# ---- the page ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("board", ["", *BOARDS, "definitions"])
@pytest.mark.parametrize("width", [1280, 768])
def test_nothing_is_cut_and_no_other_machine_is_asked(board, width, url, open_board):
    page = open_board(f"{url}/{board}", width=width)
    assert page.errors() == []
    assert [address for address in page.asked if not address.startswith(f"{url}/")] == []
    assert page.page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.page.locator("[data-chart-id] text", has_text="…").all_text_contents()
    assert cut == []
    # 11 pixels on a board of 960, on a screen of 768.
    smallest = page.page.evaluate(
        "Math.min(...[...document.querySelectorAll('[data-chart-id] text')].filter(t => t.textContent.trim()).map(t => t.getBoundingClientRect().height))"
    )
    assert board in ("", "definitions") or smallest >= 8


def test_texts_of_a_chart_do_not_lie_on_each_other(url, open_board):
    overlaps = """() => [...document.querySelectorAll('[data-chart-id]')].flatMap(chart => {
        const texts = [...chart.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => [t.textContent.trim(), t.getBoundingClientRect()]);
        return texts.flatMap(([one, a], place) => texts.slice(place + 1)
            .filter(([, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4)
            .map(([other]) => `${chart.dataset.chartId}: ${one} / ${other}`));
    })"""
    for board in BOARDS:
        assert open_board(f"{url}/{board}").page.evaluate(overlaps) == [], board


def test_the_server_asked_no_other_machine(url, open_board, outside):
    open_board(f"{url}/today")
    assert outside[1] == []


def test_the_start_page_leads_to_every_board(url, open_board):
    page = open_board(f"{url}/").page
    links = page.eval_on_selector_all("svg a", "links => links.map(link => link.getAttribute('href'))")
    assert {link.strip("/") for link in links} >= {*BOARDS, "definitions"}


# ---- what is wrong is noticed ----------------------------------------------------------------------------------------------


def test_a_broken_query_is_noticed_on_every_board(changed_boards, open_board):
    with changed_boards(lambda board, text: text.replace("count(*)", "count(no_such_column)", 1)) as address:
        assert [board for board in BOARDS if not open_board(f"{address}/{board}").errors()] == []


def test_a_wrong_number_is_noticed_on_every_board(changed_boards, open_board, expected):
    """Each board counts one more, once."""
    with changed_boards(
        lambda board, text: re.sub(r"count\(\*\)(?= as| filter)", "1 + count(*)", text, count=1)
    ) as address:
        for board in BOARDS:
            page = open_board(f"{address}/{board}")
            expected.choose(board)
            assert page.errors() == []
            assert differences(page.charts(), expected, board), board


# ---- without a browser -----------------------------------------------------------------------------------------------------


def dct(*arguments, database):
    return subprocess.run(
        [command.DCT, *arguments, "--project-dir", PROJECT],
        env=command.environment(database),
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )


def test_dct_finds_nothing_wrong(sample):
    done = dct("validate", "charts", "--warehouse", "--strict", database=sample.path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("board", [f"{board}.yml" for board in ("index", *BOARDS)] + ["definitions.md"])
def test_dct_warns_of_nothing(board, sample, tmp_path):
    done = dct("render", f"charts/{board}", "--format", "text", "-o", tmp_path / "board.txt", database=sample.path)
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"\bWARN-[A-Z-]+", done.stderr)) <= HARMLESS, done.stderr


def test_exposures_name_what_the_boards_read():
    file = PROJECT / "models" / "marts" / "kpis" / "_exposures.yml"
    exposures = {one["name"]: one for one in yaml.safe_load(file.read_text("utf-8"))["exposures"]}
    shared = relations_in("meta")
    for board in BOARDS:
        declared = re.findall(r"ref\('call_status', '(\w+)'\)", " ".join(exposures[f"board_{board}"]["depends_on"]))
        assert set(declared) == relations_in(board) | shared, board
        assert exposures[f"board_{board}"]["label"] == command.board_files()[board]["title"]


def relations_in(name: str) -> set[str]:
    text = (PROJECT / "charts" / f"{name}.yml").read_text("utf-8")
    return command.relations_of_boards() & set(command.RELATION.findall(text))


def test_labels_of_numbers_are_compared():
    assert all(one.label for charts in BOARDS.values() for one in charts.values() if isinstance(one, Number))
