"""The boards, served on the sample as `scripts/board` serves them, and a browser. `scripts/test --boards` runs what needs them.

Nothing that belongs to the browser is imported before it is needed: elsewhere these tests are only skipped.
"""

import contextlib
import os
import shutil
import socket
import threading

import pytest
from call_status_tools import board
from support.harness import PROJECT


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # As root, chromium runs without its sandbox only; the pages are our own.
        options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"] if os.geteuid() == 0 else []}
        chromium = playwright.chromium.launch(**options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def outside():
    """Where a request of the server to another machine would arrive: a proxy that notes who connects, and hangs up."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def note():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(connection.recv(200))
                connection.close()

        threading.Thread(target=note, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections


@pytest.fixture(scope="session")
def url(sample, outside, tmp_path_factory):
    """Where the boards are served, without a slash at the end."""
    proxy = outside[0]
    proxies = {name: proxy for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    log = tmp_path_factory.mktemp("server") / "board.log"
    variables = {**proxies, "NO_PROXY": "localhost"}
    with board.served(sample.path, board.free_port(), log=log, variables=variables) as address:
        yield address.rstrip("/")


@pytest.fixture
def changed_boards(sample, tmp_path):
    """Serves a copy of the boards, each file changed by a function of its name and its text."""

    @contextlib.contextmanager
    def serve(change):
        project = tmp_path / "project"
        shutil.copytree(PROJECT / "charts", project / "charts")
        shutil.copy(PROJECT / "dbt_charts.yml", project)
        for file in (project / "charts").glob("*.yml"):
            file.write_text(change(file.stem, file.read_text("utf-8")), "utf-8")
        with board.served(sample.path, board.free_port(), project=project, log=tmp_path / "board.log") as address:
            yield address.rstrip("/")

    return serve


@pytest.fixture
def open_board(browser):
    from boards.page import Board

    opened = []

    def open_board(address, **options):
        opened.append(Board(browser, address, **options))
        return opened[-1]

    yield open_board
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def expected(sample):
    from boards.expected import Expected

    return Expected(sample.path)
