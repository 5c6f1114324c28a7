"""What happens in a campaign, drawn from its seed before anything starts: the orders of clients, and the faults."""

from __future__ import annotations

import random
from typing import Literal, TypeVar

from msgspec import Struct

from tests.cluster import LEASE

T = TypeVar("T")
Kind = Literal["film", "twin", "drawn", "edit"]
After = Literal["keep", "read", "remove", "cancel"]
FaultKind = Literal["kill", "pause", "database", "store", "disk"]
PAID: tuple[Kind, ...] = ("film", "twin")
ACCOUNTS = 3
"""The first has a registered webhook, the second gives an address with each order, the third does both."""
REGISTERED, CALLED_BACK = (0, 2), (1, 2)
_TWINS = 7
"""Sets of bytes that twins share: what one of them deletes, the others keep."""
_KINDS: tuple[tuple[Kind, int], ...] = (("film", 84), ("twin", 10), ("drawn", 4), ("edit", 2))
_AFTERS: tuple[tuple[After, int], ...] = (("keep", 72), ("read", 15), ("remove", 9), ("cancel", 4))
_SCRIPTS: tuple[tuple[dict[str, list[str]], int], ...] = (
    ({}, 40),
    ({"poll": ["running"] * 2}, 25),
    ({"poll": ["running"] * 12}, 20),  # long enough to be paused, killed and taken over in the middle
    ({"poll": ["500", "garbage", "running", "half", "hang up"]}, 4),
    ({"file": ["half"]}, 3),
    ({"file": ["500"]}, 2),
    ({"submit": ["429 0"]}, 2),
    ({"submit": ["503"]}, 1),
    ({"submit": ["hang up"]}, 1),
    ({"submit": ["500 accepted"]}, 1),
    ({"submit": ["half"]}, 1),
)
"""How the paid upstream behaves to an order, and how often."""
REFUSALS = ("429 0", "503")
"""Answers that say that nothing was made: after them it may be asked again."""
_EVERY: dict[FaultKind, int] = {"kill": 45, "pause": 80, "database": 200, "store": 150, "disk": 150}
"""One of each kind to so many orders, at least one in every campaign."""
_SECONDS: dict[FaultKind, tuple[float, float]] = {
    "kill": (0.0, 3.0),  # until it is started again
    "pause": (LEASE + 1, LEASE + 4),
    "database": (0.5, 5.0),
    "store": (1.0, 6.0),
    "disk": (2.0, 6.0),
}
_WAYS: dict[FaultKind, tuple[str, ...]] = {"database": ("stop", "crash"), "store": ("refuse", "hang", "cut")}
_CALM = 0.06
"""The share of a campaign at its begin and its end without new faults."""


class Order(Struct, frozen=True, kw_only=True):
    """One request of a client. `prompt` is no other order's: the upstream knows it by that."""

    number: int
    kind: Kind
    account: int
    prompt: str
    script: dict[str, list[str]]
    after: After
    wait: float
    """Seconds until it is cancelled, where it is."""
    deaf: bool
    """The first attempt to deliver its webhooks is answered with an error."""

    @property
    def paid(self) -> bool:
        return self.kind in PAID

    @property
    def refusals(self) -> int:
        """How often the upstream says no before it takes it."""
        return sum(act in REFUSALS for act in self.script.get("submit", ()))

    @property
    def called_back(self) -> bool:
        """Whether it gives an address of its own to be told at; edits have none."""
        return self.account in CALLED_BACK and self.kind != "edit"

    @property
    def deliveries(self) -> int:
        """How many webhooks tell of its end."""
        return (self.account in REGISTERED) + self.called_back


class Fault(Struct, frozen=True, kw_only=True):
    """One fault: begun once `at` orders are over, undone after `seconds`. `node` is an index among all nodes."""

    at: int
    kind: FaultKind
    way: str
    node: int
    seconds: float

    def __str__(self) -> str:
        what = self.way if self.kind in _WAYS else f"node {self.node}"
        return f"at {self.at:4d} {self.kind} {what}, {self.seconds:.1f} s"


class Schedule(Struct, frozen=True, kw_only=True):
    """A whole campaign."""

    seed: int
    orders: tuple[Order, ...]
    faults: tuple[Fault, ...]


def draw(seed: int, jobs: int, nodes: int) -> Schedule:
    """The campaign of this seed: the same arguments, the same campaign."""
    dice = random.Random(seed)
    orders = tuple(_order(dice, number, jobs) for number in range(jobs))
    faults = [
        _fault(dice, kind, jobs, nodes)
        for kind, every in _EVERY.items()
        for _ in range(max(2 if kind == "kill" else 1, jobs // every))
    ]
    return Schedule(seed=seed, orders=orders, faults=tuple(sorted(faults, key=lambda fault: fault.at)))


def content_name(prompt: str) -> str:
    """Which bytes the upstream makes of a prompt: an order's own, or those of its set of twins."""
    return prompt.partition("_")[0]


def _order(dice: random.Random, number: int, jobs: int) -> Order:
    kind = _pick(dice, _KINDS)
    if number < 2:  # however few there are, one of each of ours
        kind = ("drawn", "edit")[number]
    stem = f"twin{dice.randrange(_TWINS)}" if kind == "twin" else f"{kind}{number}"
    paid = kind in PAID
    return Order(
        number=number,
        kind=kind,
        account=dice.choice(REGISTERED) if kind == "edit" else dice.randrange(ACCOUNTS),
        prompt=f"{stem}_{number}",
        script=_pick(dice, _SCRIPTS) if paid else {},
        after=_pick(dice, _AFTERS),
        wait=dice.random() * 0.8,
        deaf=dice.random() < 0.04,
    )


def _fault(dice: random.Random, kind: FaultKind, jobs: int, nodes: int) -> Fault:
    low, high = _SECONDS[kind]
    return Fault(
        at=round(jobs * (_CALM + (1 - 2 * _CALM) * dice.random())),
        kind=kind,
        way=dice.choice(_WAYS.get(kind, ("",))),
        node=dice.randrange(nodes),
        seconds=low + (high - low) * dice.random(),
    )


def _pick(dice: random.Random, table: tuple[tuple[T, int], ...]) -> T:
    return dice.choices([row[0] for row in table], [row[1] for row in table])[0]
