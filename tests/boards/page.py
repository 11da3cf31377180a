"""A board in a browser: opened, its filters set as a person sets them, all its numbers read from the page.

What a chart shows becomes plain values:

| chart | read as |
|---|---|
| number | its texts: the number, its label, the line below |
| table | a list of rows of texts, over all its pages |
| bars, lines | for each mark: place, series, number, in the order in which they are drawn; and the texts drawn on bars |
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from playwright.sync_api import Browser, Locator, Page

READ = """charts => charts.map(chart => ({
  name: chart.dataset.chartId,
  type: chart.dataset.chartType,
  texts: [...chart.querySelectorAll('text')].map(text => ({
    column: text.dataset.col,
    text: text.textContent.trim(),
    lines: [...text.childNodes].map(part => (part.nodeType === 1 && part.hasAttribute('y') ? ' ' : '') + part.textContent).join(''),
  })),
  marks: [...chart.querySelectorAll('[role="graphics-symbol"]')].map(mark => ({
    kind: mark.getAttribute('aria-roledescription'), says: mark.getAttribute('aria-label'), text: mark.textContent.trim(),
  })),
}))"""
INVISIBLE = re.compile(r"[\u200b-\u200f\u2060-\u206f]")


@dataclass
class Marks:
    values: list[tuple[str, str, float]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


class Board:
    """One board in a page of its own. `asked` are the addresses that the page asked for, refused ones included."""

    def __init__(self, browser: Browser, url: str, width: int = 1280):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, service_workers="block")
        self.page: Page = self.context.new_page()
        self.asked: list[str] = []
        host = url.split("/")[2]
        self.context.route(lambda address: address.split("/")[2:3] != [host], lambda route: route.abort())
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.failures: list[str] = []
        self.page.on("pageerror", lambda error: self.failures.append(str(error)))
        self.page.on("response", self.note_response)
        self.page.goto(url)
        self.settle()

    def note_response(self, response) -> None:
        if response.status >= 400:
            self.failures.append(f"{response.status} {response.url}")

    def settle(self) -> None:
        """Waits until the server has answered, and what it sent is drawn."""
        self.page.wait_for_load_state("load")
        self.page.wait_for_timeout(300)
        self.page.wait_for_function("!document.querySelector('.dbt-loading')")

    def close(self) -> None:
        self.context.close()

    # ---- filters ----------------------------------------------------------------------------------------------------

    def filters(self) -> list[str]:
        controls = self.page.locator("[data-dbt-variable]").all()
        return [control.get_attribute("data-dbt-variable") for control in controls]

    def choose(self, name: str, value) -> None:
        """Sets one filter with mouse clicks: a text in a list, a date, a pair of dates."""
        control = self.page.locator(f'[data-dbt-variable="{name}"]')
        control.locator('[data-dbt-field="input"]').click(force=True)
        menu = self.page.locator(".dbt-popover-open")
        with self.page.expect_response(lambda response: f"{name}=" in response.url):
            if isinstance(value, str):
                menu.get_by_role("option", name=value, exact=True).click()
            else:
                for day in value if isinstance(value, tuple) else (value,):
                    self.choose_day(menu, day)
                if isinstance(value, tuple):
                    menu.get_by_role("button", name="Apply").click()
        self.page.keyboard.press("Escape")  # a list of which several may be chosen stays open
        self.settle()

    def choose_day(self, menu: Locator, day: date) -> None:
        month = f"{day:%B %Y}"
        for _ in range(240):
            shown = menu.locator(".dbt-cal-month").inner_text()
            if shown == month:
                break
            is_later = date.fromisoformat(f"{day:%Y-%m}-01") > month_of(shown)
            menu.get_by_role("button", name="Next month" if is_later else "Previous month").click()
        menu.get_by_role("button", name=f"{day:%A}, {day.day} {month}", exact=True).click()

    # ---- what is shown ------------------------------------------------------------------------------------------------

    def errors(self) -> list[str]:
        """What a board shows where a query or a chart failed."""
        return re.findall(r"ERR-[A-Z-]+", self.page.content()) + self.failures

    def sentence(self) -> str:
        """The texts outside of charts: title, and the sentence below it."""
        return self.page.evaluate(
            "[...document.querySelectorAll('svg text')].filter(text => !text.closest('[data-chart-id], [data-dbt-variable]'))"
            ".map(text => text.textContent.trim()).join(' ')"
        )

    def charts(self) -> dict[str, list | Marks]:
        read = {chart["name"]: chart for chart in self.page.eval_on_selector_all("[data-chart-id]", READ)}
        return {name: self.chart(chart) for name, chart in read.items()}

    def chart(self, chart: dict) -> list | Marks:
        if chart["type"] == "kpi":
            return [text["text"] for text in chart["texts"] if text["text"]]
        if chart["type"] == "table":
            return self.table(chart["name"])
        return marks(chart["marks"])

    def table(self, name: str) -> list[list[str]]:
        """All pages of a table, from the first; another one may be open."""
        self.turn_to(name, 1)
        rows, page_number = self.read_table(name), 2
        while self.turn_to(name, page_number):
            rows += self.read_table(name)
            page_number += 1
        return rows

    def turn_to(self, name: str, page_number: int) -> bool:
        """Whether there is such a page, to be turned to."""
        chart = self.page.locator(f'[data-chart-id="{name}"]')
        target = chart.locator(f'[data-dbt-page-var="{name}_page"][data-dbt-page-target="{page_number}"]')
        if not target.count():
            return False
        target.first.click(force=True)
        chart.locator(f'[data-pagination-current]:text-is("{page_number}")').wait_for()
        return True

    def read_table(self, name: str) -> list[list[str]]:
        (read,) = self.page.eval_on_selector_all(f'[data-chart-id="{name}"]', READ)
        return rows_of(read["texts"])


def month_of(text: str) -> date:
    name, year = text.split()
    months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
    return date(int(year), [*months, "November", "December"].index(name) + 1, 1)


def rows_of(texts: list[dict]) -> list[list[str]]:
    """A row begins where the number of the column does not grow."""
    rows, before = [], None
    for text in texts:
        if text["column"] is None:
            continue
        column = int(text["column"])
        if before is None or column <= before:
            rows.append([])
        rows[-1].append(" ".join(text["lines"].split()))
        before = column
    return rows


def marks(read: list[dict]) -> Marks:
    """`2 Mar 2026; Completed; 7; calls: 33; Σ: 54` is the place, the series, and the number that has a name."""
    found = Marks()
    for mark in read:
        parts = [INVISIBLE.sub("", part).strip() for part in (mark["says"] or "").split(";")]
        if mark["kind"] in ("bar", "point"):
            place, series = parts[0], parts[1] if ":" not in parts[1] else ""
            name, _, number = next(part for part in parts[1:] if re.fullmatch(r"[\w ,]+: [\d.,]+", part)).partition(
                ": "
            )
            found.values.append((place, series or name, float(number.replace(",", ""))))
        elif mark["kind"] == "text mark" and mark["text"]:
            found.labels.append(mark["text"])
    found.values = list(dict.fromkeys(found.values))  # a chart may draw a bar twice, under its highlight
    return found
