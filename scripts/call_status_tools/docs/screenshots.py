"""Takes the pictures of docs/boards.md: each board on the sample, in a browser 1280 pixels wide.

`scripts/render-docs --screenshots` runs it. The browser is Debian's chromium, and the fonts come with the boards.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from call_status_tools import ROOT, board
from call_status_tools.errors import UserError
from call_status_tools.sample import run

IMAGES = ROOT / "docs" / "images"
WIDTH = 1280


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/render-docs --screenshots", description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=WIDTH, help=f"of the window, in pixels ({WIDTH})")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder of the pictures (docs/images)")
    options = parser.parse_args()
    try:
        run.build_sample(run.SAMPLE_DATABASE)
        with board.served(run.SAMPLE_DATABASE, board.free_port()) as url:
            take(url, options.width, options.out)
    except UserError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def take(url: str, width: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # As root, chromium runs without its sandbox only; the pages are our own.
    options = {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"] if os.geteuid() == 0 else []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        page = browser.new_page(viewport={"width": width, "height": 900})
        for name in board.board_files():
            if name == "index":
                continue
            page.goto(f"{url}{name}")
            page.evaluate("document.fonts.ready")
            page.screenshot(path=folder / f"board_{name}.png", full_page=True, animations="disabled")
            print(f"{folder / f'board_{name}.png'}")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
