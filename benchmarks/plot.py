"""Draws the plot of the figures: python -m benchmarks.plot FIGURES OUTPUT. Runs where matplotlib is."""

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
    panels = {name: draw for name, draw in PANELS.items() if results.get(name)}
    if not panels:
        return
    size = (4.4 * len(panels), 3.4)
    figure, axes = pyplot.subplots(1, len(panels), figsize=size, squeeze=False, layout="constrained")
    for (name, draw), axis in zip(panels.items(), axes[0]):
        draw(axis, results[name])
    figure.savefig(output, metadata={"Date": None, "Creator": None})


def full_refresh(axis, sizes: list[dict]) -> None:
    events = [size["events"] for size in sizes]
    lines = {"refresh": ("full refresh", OURS), "copy": ("plain copy", OTHER), "bare": ("bare group by", BARE)}
    for name, (label, color) in lines.items():
        each = [size[name]["seconds"] / size["events"] * 1e6 for size in sizes]
        axis.plot(events, each, marker="o", color=color, label=label)
    finish(axis, title="Seconds a million events", xlabel="events")


def incremental(axis, histories: list[dict]) -> None:
    calls, new = [history["calls"] for history in histories], f"{histories[0]['new_calls']:,}"
    lines = {
        "new": (f"{new} new calls", OURS),
        "late": (f"{new} late events", OTHER),
        "nothing": ("nothing new", BARE),
    }
    for name, (label, color) in lines.items():
        axis.plot(calls, [history[name]["seconds"] for history in histories], marker="o", color=color, label=label)
    finish(axis, title="Seconds of an incremental run", xlabel="stored calls")


def finish(axis, **labels) -> None:
    """From zero, with room for the legend above the lines."""
    axis.set(**labels, xscale="log", ylim=(0, axis.get_ylim()[1] * 1.4))
    axis.legend(frameon=False, loc="upper left")


def peers(axis, sizes: list[dict]) -> None:
    """Of the largest size."""
    largest = sizes[-1]
    bars = [("this package", largest["ours"]["seconds"], OURS)]
    bars += [(peer["title"], peer["seconds"], OTHER) for peer in largest["peers"].values() if peer["counts"]]
    titles, values, colors = zip(*reversed(bars))
    axis.barh([title.replace(", ", ",\n", 1) for title in titles], values, color=colors)
    for place, value in enumerate(values):
        axis.annotate(f" {value:.1f}", (value, place), va="center")
    axis.set(title=f"Seconds, {largest['events'] / 1e6:.1f} million events", xlim=(0, max(values) * 1.15))


PANELS = {"full_refresh": full_refresh, "incremental": incremental, "peers": peers}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
