"""Run the benchmarks named on the command line, or all of them."""

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


def main() -> None:
    """Print a table for each benchmark."""
    chosen = sys.argv[1:] or list(BENCHES)
    for name in chosen:
        if name not in BENCHES:
            sys.exit(f"unknown benchmark {name}; there are: {', '.join(BENCHES)}")
        print(f"\n== {name}", flush=True)
        BENCHES[name]()


if __name__ == "__main__":
    main()
