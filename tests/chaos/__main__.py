"""python -m tests.chaos [--jobs N] [--seed N] [--minutes M]: a campaign, and a table of what it found."""

from __future__ import annotations

import argparse
import random
import sys

from tests.chaos.campaign import Size, run

_SHOWN = 12
"""Of what is wrong, for each promise."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="orders that clients make")
    parser.add_argument("--seed", type=int, default=None, help="replay the campaign of this seed")
    parser.add_argument("--minutes", type=float, default=20, help="after so long, what is not over counts as lost")
    parser.add_argument("--api", type=int, default=2, help="nodes that serve")
    parser.add_argument("--workers", type=int, default=3, help="nodes that work")
    parser.add_argument("--people", type=int, default=24, help="clients at a time")
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    size = Size(jobs=given.jobs, minutes=given.minutes, api=given.api, workers=given.workers, people=given.people)
    found = run(seed, size, lambda text: print(text, flush=True))
    print()
    for check in found:
        print(
            f"{'FAIL' if check.wrong else 'ok  '}  {check.name}  ({check.figure})"
            if check.figure
            else f"{'FAIL' if check.wrong else 'ok  '}  {check.name}"
        )
        for wrong in check.wrong[:_SHOWN]:
            print(f"        {wrong}")
        if len(check.wrong) > _SHOWN:
            print(f"        and {len(check.wrong) - _SHOWN} more")
    failed = sum(bool(check.wrong) for check in found)
    print(
        f"\n{failed} of {len(found)} promises broken; replay with --seed {seed} --jobs {size.jobs}"
        if failed
        else "\nall promises kept"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
