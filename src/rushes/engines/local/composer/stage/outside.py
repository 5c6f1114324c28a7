"""Places under the open sky: sky, far scenery, ground or water, and what stands before the subjects."""

from __future__ import annotations

import cv2
import numpy as np

from rushes.engines.local.composer.spec import SceneSpec
from rushes.engines.local.composer.stage import flora, town, waters
from rushes.engines.local.composer.stage.actors import Room
from rushes.engines.local.composer.stage.brush import Canvas
from rushes.engines.local.composer.stage.geometry import Stage
from rushes.engines.local.composer.stage.land import forest_far, paint_ground, paint_hills, paint_mountains
from rushes.engines.local.composer.stage.noise import Dice
from rushes.engines.local.composer.stage.palette import Look, Tones, material, tone
from rushes.engines.local.composer.stage.places import Outdoors
from rushes.engines.local.composer.stage.scene import Floor, Layer, Upright
from rushes.engines.local.composer.stage.sheet import Bytes, Sheet
from rushes.engines.local.composer.stage.sky import paint_sky


class _Pile:
    """Sheets painted so far, and what they look like together: that is what water mirrors."""

    def __init__(self, look: Look, stage: Stage, sky: Bytes, spare: int) -> None:
        self.look, self.stage = look, stage
        self.layers: list[Layer] = [Upright(Sheet(sky, -spare, -stage.over), stage, 1.0, drift=0.0022 * stage.width)]
        extra = spare - stage.side
        self._seen = np.ascontiguousarray(sky[: stage.over + stage.horizon, extra : sky.shape[1] - extra])

    def add(self, art: Bytes, top: int, depth: float) -> None:
        """A cut-out as wide as the stage with its side."""
        self.layers.append(Upright(Sheet(art, -self.stage.side, top), self.stage, depth))
        first = max(0, top + self.stage.over)
        rows = min(art.shape[0], self._seen.shape[0] - first)
        if rows > 0:
            above, below = art[:rows], self._seen[first : first + rows]
            clear = cv2.cvtColor(255 - above[..., 3], cv2.COLOR_GRAY2BGR)
            below[:] = cv2.add(cv2.multiply(below, clear, scale=1 / 255), above[..., :3])

    @property
    def seen(self) -> Bytes:
        return self._seen


def outside(
    spec: SceneSpec, place: Outdoors, look: Look, stage: Stage, dice: Dice
) -> tuple[list[Layer], list[Layer], Room]:
    """The layers behind the subjects, those before them, and where the subjects can stand."""
    spare = stage.side + 8 + 2 * round(0.02 * stage.width)
    pile = _Pile(look, stage, paint_sky(spec, look, stage, dice, stage.horizon + stage.over + 8, spare), spare)
    _scenery(pile, spec, place, dice)
    room = _lay_ground(pile, spec, place, dice)
    return pile.layers, _foreground(spec, place, look, stage, dice), room


def _scenery(pile: _Pile, spec: SceneSpec, place: Outdoors, dice: Dice) -> None:
    look, stage = pile.look, pile.stage
    extra = spec.features
    snowy = place.snowy or spec.season == "winter" or spec.weather == "snow"
    high = place.mountains or (0.26 if "mountains" in extra or "snowcaps" in extra else 0.0)
    if high:
        caps = 0.85 if snowy or "snowcaps" in extra else 0.6
        rock = material("rock")
        pile.add(*paint_mountains(look, stage, dice, rock, depth=0.95, peak=high, snow=caps, cell=0.42), 0.94)
        pile.add(*paint_mountains(look, stage, dice, rock, depth=0.72, peak=high * 0.55, snow=caps * 0.6, cell=0.55), 0.88)
    if place.dunes:
        for depth, peak in ((0.75, 1.0), (0.5, 0.6)):
            pile.add(*paint_hills(look, stage, dice, material("dune"), depth=depth, peak=place.dunes * peak, cell=0.9), 0.5 + depth * 0.5)
    if place.hills:
        stuff = material("snow") if snowy else forest_far(look)
        pile.add(*paint_hills(look, stage, dice, stuff, depth=0.75, peak=place.hills * 1.5, cell=0.8, ragged=0.012), 0.86)
        near = material("snow") if snowy else look.grass
        pile.add(*paint_hills(look, stage, dice, near, depth=0.5, peak=place.hills * 0.7, cell=0.6), 0.78)
    tall = place.skyline or (0.3 if "city" in extra else 0.0)
    if tall:
        pile.add(*town.skyline(look, stage, dice, depth=0.8, tall=tall * 1.15, slim=0.06), 0.9)
        pile.add(*town.skyline(look, stage, dice, depth=0.5, tall=tall, slim=0.085), 0.8)
        if not place.street:
            pile.add(*town.skyline(look, stage, dice, depth=0.2, tall=tall * 0.6, slim=0.12), 0.7)
    kinds = place.far_trees or (("leafy", "conifer") if "trees" in extra or "forest" in extra else ())
    density = place.density or (1.6 if "forest" in extra else 0.5)
    for row in range(place.woods, 0, -1):
        pile.add(*flora.tree_line(look, stage, dice, kinds, depth=0.35 + 0.2 * row, tall=0.5 - 0.12 * row + 0.14, density=density,
                                  foot=stage.horizon + 0.01 * stage.unit, snowy=snowy), 0.74 + 0.06 * row)  # fmt: skip
    if kinds:
        pile.add(*flora.tree_line(look, stage, dice, kinds, depth=0.4, tall=0.2 if not place.woods else 0.44, density=density * (0.5 if place.woods else 1.0),
                                  foot=stage.horizon + 0.02 * stage.unit, gap=0.3 if place.woods else 0.0, snowy=snowy), 0.72)  # fmt: skip
    if place.houses:
        pile.add(*town.village(look, stage, dice, count=place.houses, foot=stage.horizon + 0.035 * stage.unit, depth=0.35, size=0.27,
                               snowy=snowy, light_left=stage.light_x < 0.5), 0.7)  # fmt: skip


def _lay_ground(pile: _Pile, spec: SceneSpec, place: Outdoors, dice: Dice) -> Room:
    look, stage = pile.look, pile.stage
    foot = stage.horizon + round(place.water * stage.ground)
    share = stage.horizon / stage.height
    if place.water >= 1.0:
        swell = min(1.0, place.swell + (0.45 if spec.weather in ("storm", "wind") else 0.0))
        art = waters.paint_water(look, stage, dice, pile.seen, swell=swell, clear=place.clear)
        pile.layers.append(Floor(Sheet(art, -stage.side, stage.horizon), stage))
        pile.layers.append(waters.Glitter(stage, look, dice, stage.height + stage.over, swell=swell))
        return Room(ground=(share + 0.06, 0.9), water=(share + 0.05, 0.88))
    ground = paint_ground(look, stage, dice, _stuff(spec, place, look), rough=place.rough, stripes=place.stripes)
    if place.water > 0:
        art = waters.paint_water(look, stage, dice, pile.seen, swell=place.swell, clear=place.clear, foot=2 * ((foot + stage.ground // 8) // 2))
        pile.layers.append(Floor(Sheet(art, -stage.side, stage.horizon), stage))
        pile.layers.append(waters.Glitter(stage, look, dice, foot, swell=place.swell))
        if place.ground == "sand":
            pile.layers.append(waters.Foam(stage, look, dice, foot, stage.width + 2 * stage.side))
        land = waters.shore(ground, dice, foot, stage)
        first = max(0, (foot - stage.horizon - round(0.06 * stage.unit)) // 2 * 2)
        pile.layers.append(Floor(Sheet(np.ascontiguousarray(land[first:]), -stage.side, stage.horizon + first), stage))
        edge = foot / stage.height
        return Room(ground=(edge + 0.03, 0.95), water=(share + 0.04, edge - 0.02))
    if place.lane:
        town.lane(ground, stage, look, tone("#565a61"), wide=0.85, marks=True)
    elif place.road or "road" in spec.features:
        town.lane(ground, stage, look, tone("#a98c66") if place.road else tone("#5d6066"), wide=0.34, marks=not place.road, bend=0.18)
    elif place.path or "path" in spec.features:
        town.lane(ground, stage, look, tone("#cbb38a"), wide=0.26, marks=False, bend=0.16)
    if place.ground in ("grass", "moss"):
        canvas = Canvas(ground.shape[1], ground.shape[0])
        flowery = (place.flowers or "flowers" in spec.features) and spec.season != "winter"
        flora.meadow_specks(canvas, stage, look, dice, _stuff(spec, place, look), 650, flowers=flowery)
        clear = cv2.cvtColor(255 - canvas.data[..., 3], cv2.COLOR_GRAY2BGR)
        ground = cv2.add(cv2.multiply(ground, clear, scale=1 / 255), np.ascontiguousarray(canvas.data[..., :3]))
    pile.layers.append(Floor(Sheet(ground, -stage.side, stage.horizon), stage))
    if place.street:
        for left in (True, False):
            fronts = town.house_fronts(look, stage, dice, left)
            columns = np.nonzero(fronts[..., 3].any(axis=0))[0]
            start, end = int(columns[0]) & ~1, (int(columns[-1]) + 2) & ~1
            part = np.ascontiguousarray(fronts[:, start:end])
            pile.layers.append(Upright(Sheet(part, start - stage.side, -stage.over), stage, 0.55))
    return Room(ground=(share + 0.04, 0.94), water=(share + 0.05, 0.86))


def _stuff(spec: SceneSpec, place: Outdoors, look: Look) -> Tones:
    snow = spec.season == "winter" or spec.weather == "snow"
    if snow and place.ground in ("grass", "moss", "wheat"):
        return material("snow")
    return look.grass if place.ground == "grass" else material(place.ground or "earth")


def _foreground(spec: SceneSpec, place: Outdoors, look: Look, stage: Stage, dice: Dice) -> list[Layer]:
    layers: list[Layer] = []
    snow = spec.season == "winter" or spec.weather == "snow"
    if place.side_trees:
        size = round(0.95 * stage.unit)
        canvas_side = round(0.30 * stage.unit)
        side = -1 if stage.light_x > 0.5 else 1
        stamp = flora.tree(place.side_trees[0], size, look, dice, stage.light_x < 0.5, snowy=snow)
        x = stage.width * 0.04 if side > 0 else stage.width * 0.96
        left = 2 * round((x - stamp.shape[1] / 2) / 2)
        layers.append(Upright(Sheet(stamp, left, 2 * round((stage.height * 0.98 - size + canvas_side * 0.1) / 2)), stage, 0.15))
    if place.front and not snow:
        tones = material("wheat") if place.front == "wheat" else look.grass
        art, top = flora.grass(look, stage, dice, tones, tall=0.075, count=420, flowers=place.flowers and spec.season != "autumn")
        layers.append(Upright(Sheet(art, -stage.side, 2 * (top // 2)), stage, -0.12))
    return layers
