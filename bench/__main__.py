"""Run the benchmarks named on the command line, or all. Of some, cases: `engines/hearing`, `"editing/add audio"`."""

from __future__ import annotations

import sys

from bench import composer, dialects, editing, http, waiting
from bench.database import report
from bench.engines import compare

BENCHES = {
    "http": http.run,
    "dialects": dialects.run,
    "waiting": waiting.run,
    "database": report.run,
    "composer": composer.run,
    "editing": editing.run,
    "engines": compare.run,
}
IN_PARTS = {"editing": editing.run, "engines": compare.run}


def main() -> None:
    """Print a table for each benchmark."""
    chosen = sys.argv[1:] or list(BENCHES)
    for each in chosen:
        name, _, part = each.partition("/")
        if name not in BENCHES or (part and name not in IN_PARTS):
            parts = ", ".join(f"{one}/CASE" for one in IN_PARTS)
            sys.exit(f"unknown benchmark {each}; there are: {', '.join(BENCHES)}, {parts}")
        print(f"\n== {each}", flush=True)
        if part:
            IN_PARTS[name](part)
        else:
            BENCHES[name]()


if __name__ == "__main__":
    main()
