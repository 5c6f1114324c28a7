"""Places under the open sky: sky, far scenery, ground or water, and what stands before the subjects."""

from __future__ import annotations

import numpy as np

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage import flora, town, waters, ways
from rushes.engines.local.composer.stage.actors import Room
from rushes.engines.local.composer.stage.brush import Canvas, lay
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.land import (
    Cut,
    forest_far,
    paint_ground,
    paint_hills,
    paint_mountains,
)
from rushes.engines.local.composer.stage.noise import Dice
from rushes.engines.local.composer.stage.palette import Look, Tones, material, mix, tone, water
from rushes.engines.local.composer.stage.places import Outdoors
from rushes.engines.local.composer.stage.scene import Floor, Layer, Surface, Upright
from rushes.engines.local.composer.stage.sheet import Sheet
from rushes.engines.local.composer.stage.sky import paint_sky
from rushes.engines.local.composer.stage.warp import Bytes

_PUSHES = ("dolly_in", "dolly_out", "drone", "orbit")
"""Moves in which every plane goes its own way: those at almost the same depth are then worth merging."""
_STEP = 0.17


class _Pile:
    """Cut-outs painted so far, from far to near, and what they look like together: that is what water mirrors."""

    def __init__(self, look: Look, stage: Stage, sky: Bytes, spare: int, merge: bool) -> None:
        self.look, self.stage, self._merge = look, stage, merge
        self._sky = Upright(Sheet(sky, -spare, -stage.over), stage, 1.0, drift=0.0022 * stage.width)
        extra = spare - stage.side
        self.seen: Bytes = np.ascontiguousarray(sky[: stage.over + stage.horizon, extra : sky.shape[1] - extra])
        self._cuts: list[tuple[Bytes, int, float]] = []
        self._nearer: list[Layer] = []

    def add(self, cut: Cut, depth: float) -> None:
        """A cut-out as wide as the stage with its side, and the row of its top."""
        art, top = cut
        top -= top & 1
        first = max(0, top + self.stage.over)
        lay(self.seen[first:], art[max(0, -top - self.stage.over) :])
        if self._merge and self._cuts and self._cuts[-1][2] - depth <= _STEP:
            below, low, at = self._cuts.pop()
            start, end = min(low, top), max(low + below.shape[0], top + art.shape[0])
            both = Canvas(art.shape[1], end - start)
            both.data[low - start : low - start + below.shape[0]] = below
            both.over(art, 0, top - start)
            self._cuts.append((both.data, start, at))
        else:
            self._cuts.append((art, top, depth))

    def close(self, shown: int) -> None:
        """What is added from now on stands before the ground. shown: how many rows below the horizon are seen."""
        self._nearer += self._uprights(self.stage.horizon + shown)
        self._cuts = []

    def lay(self, layer: Layer) -> None:
        """A layer of ground or water."""
        self._nearer.append(layer)

    def layers(self) -> list[Layer]:
        return [self._sky, *self._nearer, *self._uprights(self.stage.height + self.stage.over)]

    def _uprights(self, foot: int) -> list[Layer]:
        cuts = [(art[: foot - top], top, depth) for art, top, depth in self._cuts]
        return [Upright(Sheet(art, -self.stage.side, top), self.stage, depth) for art, top, depth in cuts]


def outside(
    spec: SceneSpec, place: Outdoors, look: Look, stage: Stage, dice: Dice
) -> tuple[list[Layer], list[Layer], Room]:
    """The layers behind the subjects, those before them, and where the subjects can stand."""
    spare = stage.side + 8 + 2 * round(0.02 * stage.width)
    sky = paint_sky(spec, look, stage, dice, stage.horizon + stage.over + 8, spare)
    pile = _Pile(look, stage, sky, spare, spec.camera.move in _PUSHES)
    _far(pile, spec, place, dice)
    if place.water:
        _near(pile, spec, place, dice)
    # What moves up against the ground shows some of its foot.
    pile.close(stage.over + 4)
    room = _lay_ground(pile, spec, place, dice)
    if not place.water:
        _near(pile, spec, place, dice)
        pile.close(stage.ground + stage.over)
    if place.lane or "lamps" in spec.features:
        _lamps(pile)
    return pile.layers(), _foreground(spec, place, look, stage, dice), room


def _snowy(spec: SceneSpec, place: Outdoors) -> bool:
    return place.snowy or ((spec.season == "winter" or spec.weather == "snow") and place.ground != "sand")


def _far(pile: _Pile, spec: SceneSpec, place: Outdoors, dice: Dice) -> None:
    look, stage, extra = pile.look, pile.stage, spec.features
    snowy = _snowy(spec, place)
    high = place.mountains or (0.26 if {"mountains", "snowcaps", "waterfall"} & set(extra) else 0.0)
    if high:
        caps = 0.85 if snowy or "snowcaps" in extra else 0.6
        rock = material("rock")
        scar = "waterfall" in extra
        pile.add(paint_mountains(look, stage, dice, rock, depth=0.95, peak=high, snow=caps, cell=0.42), 0.94)
        front = paint_mountains(
            look,
            stage,
            dice,
            rock,
            depth=0.72,
            peak=high * (1.0 if scar else 0.55),
            snow=caps * 0.6,
            cell=0.55,
            scar=scar,
        )
        pile.add(front, 0.88)
    if place.dunes:
        for depth, peak in ((0.75, 1.0), (0.5, 0.6)):
            dunes = paint_hills(look, stage, dice, material("dune"), depth=depth, peak=place.dunes * peak, cell=0.9)
            pile.add(dunes, 0.5 + depth * 0.5)
    if place.hills:
        stuff = material("snow") if snowy else forest_far(look)
        pile.add(
            paint_hills(look, stage, dice, stuff, depth=0.75, peak=place.hills * 1.5, cell=0.8, ragged=0.012), 0.86
        )
        near = material("snow") if snowy else look.grass
        pile.add(paint_hills(look, stage, dice, near, depth=0.5, peak=place.hills * 0.7, cell=0.6), 0.80)
    tall = place.skyline or (0.42 if "city" in extra else 0.0)
    if tall:
        pile.add(town.skyline(look, stage, dice, depth=0.8, tall=tall * 1.15, slim=0.06), 0.9)
        pile.add(town.skyline(look, stage, dice, depth=0.5, tall=tall, slim=0.085), 0.82)
        if not place.street:
            pile.add(town.skyline(look, stage, dice, depth=0.2, tall=tall * 0.6, slim=0.12), 0.74)


def _near(pile: _Pile, spec: SceneSpec, place: Outdoors, dice: Dice) -> None:
    look, stage, extra = pile.look, pile.stage, spec.features
    snowy = _snowy(spec, place)
    more: tuple[flora.Kind, ...] = ("leafy", "conifer") if "trees" in extra or "forest" in extra else ()
    kinds = place.far_trees or more
    density = max(place.density, 1.6 if "forest" in extra else 0.5 if more else 0.0)
    shore = 0.0 if place.water else 1.0
    # The rows of a wood share their trees.
    tall = 0.56 if place.woods else 0.2
    grove = flora.grove(look, stage, dice, kinds, tall=tall, snowy=snowy)
    for row in range(place.woods, 0, -1):
        woods = flora.tree_line(
            look, stage, dice, grove, depth=0.30 + 0.2 * row, tall=0.62 - 0.10 * row, density=density,
            foot=stage.horizon + 0.012 * stage.unit * (3 - row),
        )  # fmt: skip
        pile.add(woods, 0.68 + 0.06 * row)
    if kinds:
        line = flora.tree_line(
            look, stage, dice, grove, depth=0.35, tall=tall,
            density=density * (0.45 if place.woods else 1.0), gap=0.35 if place.woods else 0.0,
            foot=stage.horizon + (0.05 if place.woods else 0.028) * shore * stage.unit,
        )  # fmt: skip
        pile.add(line, 0.70)
    if place.houses:
        row_of_houses = town.village(
            look, stage, dice, count=place.houses, foot=stage.horizon + 0.05 * stage.unit, depth=0.3, size=0.27,
            snowy=snowy, light_left=stage.light_x < 0.5,
        )  # fmt: skip
        pile.add(row_of_houses, 0.68)


def _lay_ground(pile: _Pile, spec: SceneSpec, place: Outdoors, dice: Dice) -> Room:
    look, stage = pile.look, pile.stage
    share = stage.horizon / stage.height
    foot = stage.horizon + round(place.water * stage.ground)
    swell = min(1.0, place.swell + (0.45 if spec.weather in ("storm", "wind") else 0.0))
    if place.water >= 1.0:
        art = waters.paint_water(look, stage, dice, pile.seen, swell=swell, clear=place.clear)
        pile.lay(Surface(Sheet(art, -stage.side, stage.horizon), stage, swell))
        pile.lay(waters.Glitter(stage, look, dice, stage.height + stage.over, swell=swell))
        return Room(ground=(share + 0.06, 0.9), water=(share + 0.05, 0.88))
    ground = paint_ground(look, stage, dice, _stuff(spec, place, look), rough=place.rough, stripes=place.stripes)
    if place.water > 0:
        end = 2 * ((foot + stage.ground // 8) // 2)
        art = waters.paint_water(look, stage, dice, pile.seen, swell=swell, clear=place.clear, foot=end)
        pile.lay(Surface(Sheet(art, -stage.side, stage.horizon), stage, swell))
        pile.lay(waters.Glitter(stage, look, dice, foot, swell=swell))
        if place.ground == "sand":
            pile.lay(waters.Foam(stage, look, dice, foot, stage.width + 2 * stage.side))
        land = waters.shore(ground, dice, foot, stage)
        first = max(0, (foot - stage.horizon - round(0.06 * stage.unit)) // 2 * 2)
        pile.lay(Floor(Sheet(np.ascontiguousarray(land[first:]), -stage.side, stage.horizon + first), stage))
        edge = foot / stage.height
        return Room(ground=(edge + 0.03, 0.95), water=(share + 0.04, edge - 0.02))
    if place.ground in ("grass", "moss"):
        canvas = Canvas(ground.shape[1], ground.shape[0])
        flowery = (place.flowers or "flowers" in spec.features) and not _snowy(spec, place)
        flora.meadow_specks(canvas, stage, look, dice, _stuff(spec, place, look), 520, flowers=flowery)
        lay(ground, canvas.data)
    _ways(ground, spec, place, look, stage)
    pile.lay(Floor(Sheet(ground, -stage.side, stage.horizon), stage))
    if place.street:
        for left in (True, False):
            fronts = town.house_fronts(look, stage, dice, left)
            columns = np.nonzero(fronts[..., 3].any(axis=0))[0]
            start, end = int(columns[0]) & ~1, (int(columns[-1]) + 2) & ~1
            part = np.ascontiguousarray(fronts[:, start:end])
            pile.lay(Upright(Sheet(part, start - stage.side, -stage.over), stage, 0.55))
    if place.river:
        return Room(ground=(share + 0.10, 0.95), water=(share + 0.10, 0.86))
    # By night the lamps light the street.
    lamps = mix(look.light, tone("#ffcf90"), 0.45) if place.lane and look.night > 0.3 else None
    return Room(ground=(share + 0.05, 0.94), water=(share + 0.05, 0.86), light=lamps)


def _ways(ground: Bytes, spec: SceneSpec, place: Outdoors, look: Look, stage: Stage) -> None:
    """Roads, paths, a river, furrows: onto RGB ground."""
    if place.rows:
        ways.furrows(ground, stage)
    if place.lane:
        ways.lane(ground, stage, look, tone("#565a61"), wide=0.85, marks=True)
    elif place.river or "river" in spec.features:
        shown = mix(mix(look.middle, look.horizon, 0.3), water("deep"), 0.35)
        ways.lane(ground, stage, look, mix(shown, tone("#d9c79a"), 0.55), wide=0.72, marks=False, bend=0.22)
        ways.lane(ground, stage, look, shown, wide=0.62, marks=False, bend=0.22)
    elif place.road or "road" in spec.features:
        colour = tone("#a98c66") if place.road else tone("#5d6066")
        ways.lane(ground, stage, look, colour, wide=0.34, marks=not place.road, bend=0.18)
    elif place.path or "path" in spec.features:
        ways.lane(ground, stage, look, tone("#cbb38a"), wide=0.26, marks=False, bend=0.16)


def _lamps(pile: _Pile) -> None:
    """Street lamps along both sides."""
    stage = pile.stage
    for depth, across, high in ((0.55, 0.19, 0.20), (0.40, 0.29, 0.32), (0.22, 0.44, 0.52)):
        post = town.lamp_post(round(high * stage.unit), pile.look)
        foot = round(stage.row(depth))
        for side in (-1, 1):
            left = round(stage.width / 2 + side * across * stage.unit * 1.25 - post.shape[1] / 2)
            pile.lay(Upright(Sheet(post, left - (left & 1), (foot - post.shape[0]) & ~1), stage, depth))


def _stuff(spec: SceneSpec, place: Outdoors, look: Look) -> Tones:
    if _snowy(spec, place):
        return material("snow")
    return look.grass if place.ground == "grass" else material(place.ground or "earth")


def _foreground(spec: SceneSpec, place: Outdoors, look: Look, stage: Stage, dice: Dice) -> list[Layer]:
    layers: list[Layer] = []
    snowy = _snowy(spec, place)
    if place.side_trees:
        size = 2 * round(0.5 * stage.unit)
        kind = place.side_trees[0]
        stamp = flora.tree(kind, size, look, dice, stage.light_x < 0.5, snowy=snowy)
        x = stage.width * (0.03 if stage.light_x < 0.5 else 0.97)
        # Only what can come into view is kept.
        left, right = round(x - stamp.shape[1] / 2), round(x + stamp.shape[1] / 2)
        first = max(left + (left & 1), -stage.side)
        last = first + ((min(right, stage.width + stage.side) - first) & ~1)
        part = np.ascontiguousarray(stamp[:, first - left : last - left])
        layers.append(Upright(Sheet(part, first, 2 * round((stage.height * 0.99 - size) / 2)), stage, 0.15))
    if place.front and not snowy:
        tones = material("wheat") if place.front == "wheat" else look.grass
        flowery = place.flowers and spec.season != "autumn"
        art, top = flora.grass(look, stage, dice, tones, tall=0.075, count=420, flowers=flowery)
        layers.append(Upright(Sheet(art, -stage.side, 2 * (top // 2)), stage, -0.12))
    return layers
