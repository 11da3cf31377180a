"""Draws benchmark.svg from benchmarks.json: python -m benchmark.plot FIGURES OUTPUT. Runs where matplotlib is."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update(
    {
        "svg.hashsalt": "call_status",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
    }
)

from matplotlib import pyplot  # noqa: E402

OURS, OTHER, BARE = "#1f6f8b", "#c7a252", "#999999"


def main(figures: Path, output: Path) -> None:
    results = json.loads(figures.read_text())
    panels = [draw for name, draw in PANELS.items() if results.get(name)]
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(4.4 * len(panels), 3.4), squeeze=False, layout="constrained"
    )
    for draw, axis in zip(panels, axes[0]):
        draw(axis, results)
    figure.savefig(output, metadata={"Date": None, "Creator": None})


def full_refresh(axis, results) -> None:
    sizes = results["full_refresh"]
    events = [it["events"] for it in sizes]
    for name, title, colour in (
        ("refresh", "full refresh", OURS),
        ("copy", "plain copy", OTHER),
        ("bare", "bare group by", BARE),
    ):
        axis.plot(
            events, [it[name]["seconds"] / it["events"] * 1e6 for it in sizes], marker="o", color=colour, label=title
        )
    finish(axis, title="Seconds a million events", xlabel="events")


def incremental(axis, results) -> None:
    histories = results["incremental"]
    calls = [it["calls"] for it in histories]
    new = f"{histories[0]['new_calls']:,}"
    for name, title, colour in (
        ("new", f"{new} new calls", OURS),
        ("late", f"{new} late events", OTHER),
        ("nothing", "nothing new", BARE),
    ):
        axis.plot(calls, [it[name]["seconds"] for it in histories], marker="o", color=colour, label=title)
    finish(axis, title="Seconds of an incremental run", xlabel="stored calls")


def finish(axis, **labels) -> None:
    """From zero, with room for the legend above the lines."""
    axis.set(**labels, xscale="log", ylim=(0, axis.get_ylim()[1] * 1.4))
    axis.legend(frameon=False, loc="upper left")


def peers(axis, results) -> None:
    it = results["peers"][-1]
    bars = [("this package", it["ours"]["seconds"], OURS)]
    bars += [(peer["title"], peer["seconds"], OTHER) for peer in it["peers"].values() if peer["counts"]]
    titles, values, colours = zip(
        *((title.replace(", ", ",\n", 1), value, colour) for title, value, colour in reversed(bars))
    )
    axis.barh(titles, values, color=colours)
    for place, value in enumerate(values):
        axis.annotate(f" {value:.1f}", (value, place), va="center")
    axis.set(title=f"Seconds, {it['events'] / 1e6:.1f} million events", xlim=(0, max(values) * 1.15))


PANELS = {"full_refresh": full_refresh, "incremental": incremental, "peers": peers}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
