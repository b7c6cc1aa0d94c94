"""Measures everything and prints one table: `python -m tests.bench [part …]`."""

import importlib
import sys
from time import perf_counter

from tests.bench.measure import Result, table

PARTS = ("engine", "journal", "http", "fanout")


def main(wanted: list[str]) -> None:
    """Run the parts, all of them by default."""
    unknown = set(wanted) - set(PARTS)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    begun = perf_counter()
    results: list[Result] = []
    for name in PARTS:
        if not wanted or name in wanted:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            results += importlib.import_module(f"tests.bench.{name}").measure()
    print(table(results))
    print(f"\n{perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
