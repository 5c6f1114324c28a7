"""Where a clip is cut: the frames that stay, and which of their packets can be copied as they are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from rushes.media.editing.nal import IDR, PPS, SLICE, SPS, NotPlain, Sets, sps_of, units


class Moment(Struct, frozen=True):
    """One packet of the picture, in the stream's units. alone: an IDR frame; spare: no other frame needs it."""

    pts: int
    dts: int
    alone: bool
    spare: bool


class Span(Struct, frozen=True, kw_only=True):
    """The frames that stay: places `first` to before `last` among all frames in the order that they are shown.

    start, end: in the stream's units; where nothing follows, `end` is when the last frame goes.
    """

    first: int
    last: int
    start: int
    end: int

    @property
    def count(self) -> int:
        return self.last - self.first


class Plan(Struct, frozen=True, kw_only=True):
    """A cut that copies. Places in the order of the file: decode from `lead` and encode what is shown before `copy`;
    copy from there to before `stop`; decode from `back` and encode the `tail` frames that are still missing.
    """

    lead: int
    copy: int
    stop: int
    back: int
    head: int
    tail: int


def nearest_span(points: Sequence[int], end: int, start_at: float, end_at: float) -> Span:
    """The frames between the two cuts nearest to the times (all in the stream's units); at least one frame.

    points: when frames begin, rising. end: when the last one goes.
    """
    edges = [*points, max(end, points[-1] + 1)]
    first = min(_nearest(edges, start_at), len(points) - 1)
    last = max(_nearest(edges, end_at), first + 1)
    return Span(first=first, last=last, start=edges[first], end=edges[last])


def _nearest(edges: Sequence[int], at: float) -> int:
    after = min(bisect_left(edges, at), len(edges) - 1)
    return after - 1 if after and at - edges[after - 1] <= edges[after] - at else after


def plan(moments: Sequence[Moment], span: Span) -> Plan:
    """How to cut by copying.

    Raises NotPlain where there is nothing to copy between the edges.
    """
    order = {pts: place for place, pts in enumerate(sorted(moment.pts for moment in moments))}
    if len(order) != len(moments):
        raise NotPlain("two frames at one time")
    ranks = [order[moment.pts] for moment in moments]
    # What comes before such a frame is shown before it.
    starts = [at for at, moment in enumerate(moments) if moment.alone and ranks[at] == at]
    copy = next((at for at in starts if span.first <= ranks[at] < span.last), None)
    if copy is None:
        raise NotPlain("no key frame between the cuts")
    stop = copy
    highest = -1
    for at in range(copy, len(moments)):
        if ranks[at] >= span.last:
            break
        highest = max(highest, ranks[at])
        # Nothing that is shown before these packets' last frame is still to come: they can be parted here.
        if highest - ranks[copy] == at - copy:
            stop = at + 1
    head, kept = ranks[copy] - span.first, stop - copy
    tail = span.count - head - kept
    lead = max((at for at in starts if ranks[at] <= span.first), default=-1)
    back = max((at for at in starts if at <= stop), default=-1)
    if (head and lead < 0) or (tail and back < 0) or not kept:
        raise NotPlain("no key frame before the cut")
    return Plan(lead=lead if head else copy, copy=copy, stop=stop, back=back, head=head, tail=tail)


def moments_of(container: Any, stream: Any, sets: Sets) -> list[Moment]:
    """The packets of a track in the file's order. Raises NotPlain where they cannot be parted by their times."""
    found: list[Moment] = []
    known = {*sets.sps, *sets.pps}
    if not all(sps_of(unit).plain for unit in sets.sps):
        raise NotPlain("not whole frames of eight bits in 4:2:0")
    for packet in container.demux(stream):
        if not packet.size:
            continue
        if packet.is_discard:
            raise NotPlain("packets that are not shown")
        if packet.pts is None or packet.dts is None or (found and packet.dts <= found[-1].dts):
            raise NotPlain("packets without times in order")
        alone = spare = False
        for unit in units(memoryview(packet), sets.length):
            kind = unit[0] & 31
            if kind in (SPS, PPS) and bytes(unit) not in known:
                raise NotPlain("parameter sets that change on the way")
            alone = alone or kind == IDR
            spare = spare or (kind == SLICE and not unit[0] & 0x60)
        found.append(Moment(packet.pts, packet.dts, alone, spare))
    return found
