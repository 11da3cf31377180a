"""What the commands in scripts/ run: loading, the sample, the documentation. scripts/README.md lists the commands."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
