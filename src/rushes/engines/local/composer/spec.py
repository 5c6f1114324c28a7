"""What the composer understood of a prompt: plain data between the reader and the painter."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Place = Literal[
    "meadow", "mountains", "sea", "beach", "lake", "river", "forest", "jungle", "desert", "city", "street",
    "village", "snowfield", "space", "sky", "underwater", "interior", "cave", "farm", "garden",
]  # fmt: skip
TimeOfDay = Literal["dawn", "sunrise", "day", "sunset", "dusk", "night"]
Weather = Literal["clear", "cloudy", "overcast", "rain", "storm", "snow", "fog", "wind"]
Season = Literal["spring", "summer", "autumn", "winter"]
Mood = Literal["calm", "happy", "dramatic", "dark", "romantic", "mysterious", "epic", "cosy", "neutral"]
Habitat = Literal["ground", "air", "water", "underwater", "sky", "table"]
"""Where a subject belongs: stands on the ground, flies, floats on water, swims, hangs in the sky, lies on a table."""

Action = Literal[
    "stand", "walk", "run", "fly", "float", "swim", "drive", "jump", "dance", "sit", "sleep", "fall", "rise",
    "spin", "sway", "burn", "glow",
]  # fmt: skip
Move = Literal[
    "static", "dolly_in", "dolly_out", "pan_left", "pan_right", "tilt_up", "tilt_down", "orbit", "zoom_in",
    "zoom_out", "drone", "truck_left", "truck_right", "crane_up", "handheld",
]  # fmt: skip
Colour = tuple[int, int, int]


Held = Literal["over", "hand", "foot", "mouth", "mount"]
"""Over the head, in the hand, before the feet, out of the mouth; "mount": sits on the subject."""


class Prop(Struct, frozen=True, kw_only=True):
    """What a subject holds, or who rides it: drawn with it as one picture."""

    subject: Subject
    how: Held


class Subject(Struct, frozen=True, kw_only=True):
    """One kind of thing in the picture.

    `art` names a clip-art picture (its codepoint, for example "1f415"), empty when there is none;
    `silhouette` names the vector drawing that stands in for it. `height` is the thing's height as a
    share of the frame's height at mid distance. `tint` recolours it ("a red car").
    """

    noun: str
    art: str = ""
    silhouette: str = "blob"
    count: int = 1
    habitat: Habitat = "ground"
    action: Action = "stand"
    height: float = 0.3
    depth: float = 0.5
    """0 is near the camera, 1 is the horizon."""
    faces: Literal["left", "right", "front"] = "left"
    """Which way the art itself looks, so that a moving subject can be mirrored to face its way."""
    tint: Colour | None = None
    main: bool = False
    props: tuple[Prop, ...] = ()


class Camera(Struct, frozen=True, kw_only=True):
    """How the camera moves. speed 1 is the ordinary pace ("slow" is 0.5, "fast" 1.8)."""

    move: Move = "dolly_in"
    speed: float = 1.0


class SceneSpec(Struct, frozen=True, kw_only=True):
    """Everything the painter needs. The same spec and seed always give the same frames."""

    prompt: str
    seed: int
    place: Place = "meadow"
    time: TimeOfDay = "day"
    weather: Weather = "clear"
    season: Season = "summer"
    mood: Mood = "neutral"
    features: tuple[str, ...] = ()
    """Further scenery by name: "mountains", "forest", "trees", "city", "flowers", "stars", "moon", "sun",
    "clouds", "rainbow", "aurora", "waterfall", "bridge", "road", "path", "snowcaps", "waves", "fireplace",
    "window", "lamps", "fireflies", "falling_leaves", "petals", "bubbles", "fire", "smoke"."""
    subjects: tuple[Subject, ...] = ()
    camera: Camera = field(default_factory=Camera)
    notes: tuple[str, ...] = ()
    """What of the prompt could not be drawn, for the result's warnings."""
