"""Faults, each done and undone."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from tests.chaos.fleet import Fleet, Member
from tests.chaos.relay import Relay
from tests.chaos.schedule import Fault
from tests.postgres import Postgres


class Faults:
    """Does what the schedule says, each fault in a thread of its own; several go on at a time."""

    def __init__(
        self, fleet: Fleet, database: Postgres, store: Relay, say: Callable[[str], None], until: float
    ) -> None:
        self._fleet = fleet
        self._server = database
        self._relay = store
        self._say = say
        self._until = until
        self._one_at_a_time = {"database": threading.Lock(), "store": threading.Lock()}
        self._going_on: list[threading.Thread] = []
        self.done: Counter[str] = Counter()
        self.broken: list[str] = []
        """Faults that could not be done or undone: the campaign proves nothing then."""
        self.died: list[str] = []
        """Nodes that ended by themselves."""

    def begin(self, fault: Fault) -> None:
        thread = threading.Thread(target=self._run, args=(fault,), name=str(fault))
        self._going_on.append(thread)
        thread.start()

    def wait(self) -> None:
        """Until all that was begun is undone."""
        for thread in self._going_on:
            thread.join()

    def _run(self, fault: Fault) -> None:
        try:
            getattr(self, f"_{fault.kind}")(fault)
            self.done[fault.kind] += 1
        except Exception as error:
            self.broken.append(f"{fault}: {error!r}")

    def _kill(self, fault: Fault) -> None:
        """kill -9, and a start on the same data folder."""
        member = self._free(fault)
        with member.lock:
            self._say(f"{fault} ({member.name})")
            self._note_dead(member)
            assert member.node is not None
            member.node.kill()
            time.sleep(fault.seconds)
            member.start(self._until)

    def _pause(self, fault: Fault) -> None:
        """SIGSTOP for longer than its lease."""
        member = self._free(fault)
        with member.lock:
            self._say(f"{fault} ({member.name})")
            assert member.node is not None
            member.node.pause()
            time.sleep(fault.seconds)
            member.node.go_on()

    def _disk(self, fault: Fault) -> None:
        member = self._free(fault)
        with member.lock:
            self._say(f"{fault} ({member.name})")
            member.fill_disk(True)
            time.sleep(fault.seconds)
            member.fill_disk(False)

    def _database(self, fault: Fault) -> None:
        with self._one_at_a_time["database"]:
            self._say(str(fault))
            self._server.stop() if fault.way == "stop" else self._server.crash()
            time.sleep(fault.seconds)
            self._server.start()

    def _store(self, fault: Fault) -> None:
        with self._one_at_a_time["store"]:
            self._say(str(fault))
            self._relay.cut(fault.way)
            time.sleep(fault.seconds)
            self._relay.mend()

    def _free(self, fault: Fault) -> Member:
        """The node that is meant, or the next one that nothing else happens to."""
        members = self._fleet.members
        while True:
            for step in range(len(members)):
                member = members[(fault.node + step) % len(members)]
                if not member.lock.locked():
                    return member
            time.sleep(0.2)

    def _note_dead(self, member: Member) -> None:
        if member.died_alone():
            self.died.append(member.name)
