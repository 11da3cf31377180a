"""The dlt pipeline of docs/sources fills a raw table as the models read it: pages of an API that is a small server here."""

import http.server
import json
import os
import subprocess
import threading

import pytest
from support.harness import PROJECT

from sources import records

DAY = "Mon, 02 Mar 2026 {} +0000"


def call(sid, direction, status, **more):
    """A call as Twilio's API writes it."""
    return {
        "sid": sid,
        "parent_call_sid": None,
        "direction": direction,
        "status": status,
        "from": "+15550100101",
        "to": "+15550100900",
        "date_created": DAY.format("10:00:00"),
        "start_time": DAY.format("10:00:00"),
        "end_time": DAY.format("10:01:00"),
        "duration": "60",
        "answered_by": None,
        "subresource_uris": {"recordings": "/2010-04-01/Recordings.json"},
        **more,
    }


PAGES = {
    "0": [call("CA1", "inbound", "completed"), call("CA2", "outbound-dial", "completed", parent_call_sid="CA1")],
    "1": [call("CA3", "outbound-api", "busy", duration="0", to="+15550100102")],
}


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = "1" if "Page=1" in self.path else "0"
        following = {"0": "/2010-04-01/Accounts/AC1/Calls.json?Page=1", "1": None}[page]
        body = json.dumps({"calls": PAGES[page], "next_page_uri": following}).encode()
        self.send_response(200 if self.headers["Authorization"] else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.long
def test_twilio_by_dlt(new_warehouse, tmp_path):
    warehouse = new_warehouse()
    subprocess.run([PROJECT / "scripts" / "setup", "dlt"], check=True, capture_output=True)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            **os.environ,
            "TWILIO_ACCOUNT_SID": "AC1",
            "TWILIO_AUTH_TOKEN": "secret",
            "TWILIO_API": f"http://127.0.0.1:{server.server_port}",
            "CALL_STATUS_DB": str(warehouse.path),
            "DLT_DATA_DIR": str(tmp_path / "dlt"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
        }
        command = [PROJECT / ".venv-dlt" / "bin" / "python", PROJECT / "docs" / "sources" / "dlt_twilio.py"]
        for _ in range(2):  # as every hour: the same calls come again
            done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
            assert done.returncode == 0, done.stderr[-3000:]
        server.shutdown()
    assert warehouse.query("select count(*) as n from raw.twilio_calls") == [{"n": 6}]
    records.build(warehouse, "twilio")
    found = warehouse.query("select call_id, direction, status from fct_calls order by call_id")
    assert [tuple(row.values()) for row in found] == [("CA1", "incoming", "Completed"), ("CA3", "outgoing", "Canceled")]
