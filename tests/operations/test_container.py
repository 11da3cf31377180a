"""The Dockerfile without a builder: its COPY and RUN lines in a clean folder, then its CMD as the user that it names.

What this cannot show: that the base image has what the lines need, and how layers and volumes behave.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from call_status_tools import ROOT
from call_status_tools.board import free_port

from operations.inbox import CALL, PUBLISHED_CALLS

USER = "10001"


def instructions(stage: str) -> list[tuple[str, str]]:
    """(instruction, the rest of its line) of a stage, after those of the stages that it is made from."""
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    stages: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            origin, name = rest.split(" AS ")
            stages[name] = lines = [*stages.get(origin, [])]
        else:
            lines.append((word, rest))
    return stages[stage]


def copied() -> set[str]:
    return {
        source
        for stage in ("boards", "job")
        for word, rest in instructions(stage)
        if word == "COPY"
        for source in rest.split()[:-1]
    }


def test_what_is_copied_and_nothing_else_reaches_the_builder():
    lines = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    assert "*" in lines
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert let_in == copied() - {"scripts/setup"}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    for name in let_in:
        assert any(file == name or file.startswith(f"{name}/") for file in tracked), f"{name} is not there"


def test_the_base_image_is_pinned_and_the_user_is_not_root():
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^FROM python:\d+\.\d+\.\d+-slim-\w+ AS base$", text, re.M)
    for stage in ("boards", "job"):
        assert ("USER", f"{USER}:{USER}") in instructions(stage)


class Image:
    """A folder that a stage is made in. Its paths stand for those of the image."""

    def __init__(self, stage: str, folder: Path):
        self.project, self.data = folder / "call_status", folder / "data"
        self.environment = {"PATH": os.defpath, "PIP_CACHE_DIR": str(folder / "pip"), "PYTHON": self.python()}
        self.environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        self.command: list[str] = []
        self.as_user: list[str] = []
        self.project.mkdir()
        for word, rest in instructions(stage):
            getattr(self, word.lower())(rest)

    def python(self) -> str:
        """A Python that a user without rights may start, if there is one."""
        candidates = ["/usr/bin/python3", os.path.realpath(sys.executable)]
        for python in candidates:
            if (
                subprocess.run([*self.unprivileged(), python, "-c", "import ensurepip"], capture_output=True).returncode
                == 0
            ):
                return python
        return candidates[-1]

    @staticmethod
    def unprivileged() -> list[str]:
        if os.geteuid() == 0 and shutil.which("setpriv"):
            return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]
        return []

    def here(self, text: str) -> str:
        mine = text.replace("/opt/call_status", str(self.project)).replace("/data", str(self.data))
        return mine if os.geteuid() == 0 else mine.replace(USER, str(os.getuid()))

    def workdir(self, rest: str) -> None:
        assert rest == "/opt/call_status"

    def env(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.environment[name] = self.here(value)

    def copy(self, rest: str) -> None:
        *sources, target = rest.split()
        for source in sources:
            place = self.project / target / (Path(source).name if target.endswith("./") else "")
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)

    def run(self, rest: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-c", self.here(rest)], cwd=self.project, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"RUN {rest}\n{done.stderr}"

    def user(self, rest: str) -> None:
        self.as_user = self.unprivileged()

    def cmd(self, rest: str) -> None:
        self.command = [self.here(word) for word in json.loads(rest)]

    def volume(self, rest: str) -> None:
        assert rest == "/data"

    def expose(self, rest: str) -> None:
        assert rest == "8095"

    def start(self, *further: str) -> subprocess.Popen:
        return subprocess.Popen(
            [*self.as_user, *self.command, *further],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def files(self) -> set[Path]:
        return {path for path in self.project.rglob("*") if ".venv" not in path.parts[len(self.project.parts)]}


@pytest.fixture(scope="module")
def folder():
    """Where another user may go: pytest's own folders are closed."""
    with tempfile.TemporaryDirectory(prefix="call_status_image_") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def job(folder):
    (folder / "job").mkdir()
    image = Image("job", folder / "job")
    # As whoever mounts /data has made it.
    for name in ("inbox", "state", "published"):
        (image.data / name).mkdir()
        shutil.chown(image.data / name, *map(int, image.here(f"{USER} {USER}").split()))
    return image


def put(image: Image, name: str) -> None:
    file = image.data / "inbox" / name
    file.write_text(CALL)
    os.utime(file, (0, 0))


@pytest.mark.long
def test_the_job(job):
    before = job.files()
    put(job, "calls.csv")
    process = job.start()
    said, _ = process.communicate(timeout=300)
    assert process.returncode in (0, 4), said
    with duckdb.connect(job.data / "published/call_status.duckdb", read_only=True) as connection:
        assert connection.execute(PUBLISHED_CALLS).fetchall() == [("c1", "Missed")]
    assert job.files() == before, "a run wrote into the image"
    process = job.start()
    assert process.communicate(timeout=300) and process.returncode == 3


@pytest.mark.long
def test_the_boards(job, folder):
    """They are served on what the job has published."""
    (folder / "boards").mkdir()
    boards = Image("boards", folder / "boards")
    boards.environment["CALL_STATUS_DB"] = str(job.data / "published/call_status.duckdb")
    assert (job.data / "published/call_status.duckdb").exists(), "test_the_job comes first"
    port = free_port()
    server = boards.start("--port", str(port))
    try:
        page = ""
        for _ in range(60):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/today/", timeout=20) as answer:
                page = answer.read().decode()
                break
            assert server.poll() is None, server.stdout.read()
            time.sleep(1)
        assert "<html" in page
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
