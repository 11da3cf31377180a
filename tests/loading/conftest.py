"""The loader, in a folder of its own."""

from pathlib import Path

import pytest
from call_status_tools.loading import load as loader
from support.loading import SECRET, Result


@pytest.fixture
def load(tmp_path, monkeypatch, capsys):
    """Runs the loader on files given as name=content or paths; the database is db.duckdb in the test's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CALL_STATUS_DB", "db.duckdb")

    def run(*arguments, **files):
        names = []
        for name, content in files.items():
            names.append(name.replace("__", "."))
            Path(names[-1]).write_bytes(content.encode() if isinstance(content, str) else content)
        status = loader.main([*map(str, arguments), *names])
        shown = capsys.readouterr()
        assert SECRET not in shown.out + shown.err, "a message shows a customer's number"
        assert "Traceback" not in shown.err
        return Result(status, shown.out, shown.err)

    return run
