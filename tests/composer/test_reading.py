"""Prompts and the scenes that are understood of them."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.engines.local.composer.art.shapes import kinds
from rushes.engines.local.composer.reading import read_prompt
from rushes.engines.local.composer.reading.lexicon import lexicon, singular
from rushes.engines.local.composer.spec import Action, Mood, Move, Place, SceneSpec, Season, TimeOfDay, Weather

CASES: list[tuple[str, dict[str, Any]]] = [
    ("A golden retriever running through a meadow at sunset, slow dolly in",
     {"place": "meadow", "time": "sunset", "move": "dolly_in", "speed": 0.5, "who": [("dog", 1, "run")]}),
    ("A drone shot over a misty mountain lake at sunrise",
     {"place": "lake", "time": "sunrise", "weather": "fog", "move": "drone", "feature": "mountains", "who": []}),
    ("Two cats walking on a rooftop at night under a full moon",
     {"place": "city", "time": "night", "feature": "moon", "who": [("cat", 2, "walk")]}),
    ("a flock of birds flying over the sea, stormy weather, pan left",
     {"place": "sea", "weather": "storm", "move": "pan_left", "who": [("bird", 8, "fly")]}),
    ("A red sports car driving through a neon city street in the rain",
     {"place": "city", "time": "night", "weather": "rain", "who": [("car", 1, "drive")], "tinted": True}),
    ("An astronaut floating in space, orbit", {"place": "space", "move": "orbit", "who": [("astronaut", 1, "float")]}),
    ("A cosy cabin in a snowy forest at night with stars, static shot",
     {"place": "forest", "weather": "snow", "season": "winter", "mood": "cosy", "move": "static",
      "who": [("house", 1, "stand")]}),
    ("three red balloons rising over a village in spring",
     {"place": "village", "season": "spring", "who": [("balloon", 3, "rise")], "tinted": True}),
    ("A cup of coffee on a table by the window on a rainy day",
     {"place": "interior", "weather": "rain", "feature": "window", "who": [("cup", 1, "stand")]}),
    ("a humpback whale swimming underwater", {"place": "underwater", "who": [("whale", 1, "swim")]}),
    ("a sailing boat on the ocean at golden hour, handheld",
     {"place": "sea", "time": "sunset", "move": "handheld", "who": [("sailboat", 1, "float")]}),
    ("desert dunes with camels walking at dusk, crane shot",
     {"place": "desert", "time": "dusk", "move": "crane_up", "who": [("horse", 3, "walk")]}),
    ("Northern lights over a glacier", {"place": "snowfield", "time": "night", "feature": "aurora"}),
    ("a fox in an autumn forest", {"season": "autumn", "feature": "falling_leaves", "who": [("fox", 1, "stand")]}),
    ("fireflies in a dark jungle", {"place": "jungle", "time": "night", "feature": "fireflies"}),
    ("a lighthouse on a cliff, thunderstorm, tilt up",
     {"weather": "storm", "move": "tilt_up", "who": [("tower", 1, "stand")]}),
    ("hot air balloons over mountains at dawn",
     {"place": "mountains", "time": "dawn", "who": [("hot_air_balloon", 3, "float")]}),
    ("a steam train crossing a bridge, tracking shot",
     {"move": "truck_right", "feature": "bridge", "who": [("steam_train", 1, "drive")]}),
    ("cherry blossoms in a japanese garden", {"place": "garden", "season": "spring", "feature": "petals"}),
    ("a tropical beach with palm trees, zoom out",
     {"place": "beach", "move": "zoom_out", "who": [("palm", 3, "sway")]}),
    ("a farm with cows grazing in the morning", {"place": "farm", "time": "sunrise", "who": [("cow", 3, "walk")]}),
    ("a knight in a cave, mysterious", {"place": "cave", "mood": "mysterious", "who": [("knight", 1, "stand")]}),
    ("a dragon flying over a castle, epic", {"mood": "epic", "who": [("dragon", 1, "fly"), ("castle", 1, "stand")]}),
    ("a small blue fish and a big shark in the deep sea",
     {"place": "underwater", "who": [("fish", 1, "swim"), ("whale", 1, "swim")]}),
    ("an old wooden boat on a calm lake in autumn fog",
     {"place": "lake", "weather": "fog", "season": "autumn", "mood": "calm"}),
    ("river with a waterfall in a rainforest", {"place": "river", "feature": "waterfall"}),
    ("children playing football in the park, sunny day", {"place": "meadow", "weather": "clear", "time": "day"}),
    ("a street with a tram in the rain, pan right", {"place": "street", "weather": "rain", "move": "pan_right"}),
    ("snow falling on a village at night", {"place": "village", "weather": "snow", "time": "night"}),
    ("clouds from above, flying", {"place": "sky"}),
    ("a campfire in the forest at night", {"place": "forest", "who": [("flame", 1, "burn")]}),
    ("A rocket launching into the sky", {"who": [("rocket", 1, "rise")]}),
    ("five sheep on a hill", {"place": "meadow", "who": [("cow", 5, "stand")]}),
    ("a dozen butterflies in a flower garden",
     {"place": "garden", "who": [("butterfly", 12, "fly")], "feature": "flowers"}),
    ("a pair of swans on a pond", {"place": "lake", "who": [("duck", 2, "float")]}),
    ("a library with a reading lamp", {"place": "interior", "feature": "lamps"}),
    ("a robot dancing in a city street at night", {"who": [("robot", 1, "dance")]}),
    ("mars landscape with an astronaut walking", {"place": "desert", "who": [("astronaut", 1, "walk")]}),
    ("waves crashing on the shore", {"place": "beach", "feature": "waves"}),
    ("an eagle soaring above the alps", {"place": "mountains", "who": [("bird", 1, "fly")]}),
    ("an elephant in the savanna at sunset", {"place": "meadow", "time": "sunset", "who": [("elephant", 1, "stand")]}),
    ("a windy wheat field", {"place": "farm", "weather": "wind"}),
    ("heavy overcast sky over the city skyline", {"place": "city", "weather": "overcast"}),
    ("fireplace in a cosy living room in winter", {"place": "interior", "feature": "fireplace", "season": "winter"}),
    ("coral reef with tropical fish and bubbles", {"place": "underwater", "feature": "bubbles"}),
    ("rainbow over green hills after rain", {"place": "meadow", "feature": "rainbow", "weather": "rain"}),
    ("a pirate ship in a hurricane", {"weather": "storm", "who": [("sailboat", 1, "float")]}),
    ("A bus on a highway through the desert", {"who": [("bus", 1, "drive")], "place": "street"}),
    ("tokyo at midnight, neon lights, rain", {"place": "city", "time": "night", "weather": "rain"}),
    ("a penguin on an iceberg", {"place": "snowfield", "who": [("penguin", 1, "stand")]}),
    ("a tiger prowling through the jungle", {"place": "jungle", "who": [("lion", 1, "walk")]}),
    ("a lonely cactus in the desert at noon", {"place": "desert", "time": "day", "who": [("cactus", 1, "stand")]}),
    ("a black horse galloping along the beach", {"place": "beach", "who": [("horse", 1, "run")], "tinted": True}),
    ("woman meditating on a mountain top", {"who": [("person_sitting", 1, "sit")], "place": "mountains"}),
    ("ducks swimming on the river", {"place": "river", "who": [("duck", 3, "swim")]}),
    ("a hedgehog in falling leaves", {"feature": "falling_leaves", "who": [("rabbit", 1, "stand")]}),
    ("planet with rings in deep space, zoom in",
     {"place": "space", "move": "zoom_in", "who": [("planet", 1, "float")]}),
    ("candle on a windowsill at dusk", {"place": "interior", "time": "dusk", "who": [("candle", 1, "glow")]}),
    ("very slow push in on a house in fog", {"move": "dolly_in", "speed": 0.3, "weather": "fog"}),
    ("fast pan right across a village", {"move": "pan_right", "speed": 1.8, "place": "village"}),
    ("a chef cooking in a busy kitchen, handheld camera",
     {"place": "interior", "move": "handheld", "only": [("person_standing", 1, "stand")]}),
    ("The camera zooms out from a tiny house", {"move": "zoom_out", "only": [("house", 1, "stand")]}),
    ("a young woman in a red dress walking down a street in Paris",
     {"place": "street", "only": [("person", 1, "walk")]}),
    ("a girl with a yellow umbrella jumping in puddles",
     {"only": [("person", 1, "jump")]}),
    ("a bald man with a beard playing guitar", {"only": [("person_standing", 1, "stand")]}),
    ("a man riding a horse on the beach",
     {"place": "beach", "only": [("horse", 1, "run")]}),
    ("a car driving through the city", {"place": "city", "only": [("car", 1, "drive")]}),
    ("a man riding a camel", {"place": "desert", "only": [("horse", 1, "run")]}),
    ("a futuristic city with flying cars", {"place": "city", "only": [("car", 3, "fly")]}),
    ("no people, an empty street at night", {"place": "street", "time": "night", "only": []}),
    ("a city without cars, no zoom, pan left", {"place": "city", "move": "pan_left", "only": []}),
    ("a forest with no camera movement", {"place": "forest", "move": "static", "only": []}),
    ("20 paper lanterns floating into the night sky", {"time": "night", "only": [("balloon", 20, "float")]}),
    ("a couple of dogs sleeping", {"only": [("dog", 2, "sleep")]}),
    ("a cat and a dog running in a garden", {"only": [("cat", 1, "run"), ("dog", 1, "run")]}),
    ("a wise owl on a bookshelf", {"place": "interior", "only": [("owl", 1, "sit")]}),
    ("the eiffel tower at night", {"place": "city", "time": "night"}),
    ("a monkey with a banana", {"place": "jungle"}),
    ("a polar bear and two penguins", {"place": "snowfield", "only": [("bear", 1, "stand"), ("penguin", 2, "stand")]}),
    ("a jellyfish glowing in the deep ocean", {"place": "underwater", "only": [("octopus", 1, "glow")]}),
    ("a whale leaping out of the ocean at dawn", {"place": "sea", "only": [("whale", 1, "jump")]}),
    ("fireworks over the harbour at midnight", {"place": "sea", "time": "night", "only": []}),
    ("two astronauts walking on the moon", {"place": "space", "only": [("astronaut", 2, "float")]}),
    ("an alien landing in a cornfield", {"place": "farm", "only": [("alien", 1, "stand")]}),
    ("a bird singing on a tree branch", {"place": "forest"}),
    ("a macro shot of a ladybug, shallow depth of field, coffee shop",
     {"place": "interior", "only": [("butterfly", 1, "fly")]}),
    ("a spaceship above a red planet", {"place": "desert", "only": [("rocket", 1, "rise")]}),
    ("friends sitting around a campfire under the milky way",
     {"place": "forest", "time": "night", "feature": "stars",
      "only": [("person_sitting", 3, "sit"), ("flame", 1, "burn")]}),
    ("pull back from a tree on a hill, gently", {"move": "dolly_out"}),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "wanted"), CASES, ids=[prompt[:40] for prompt, _ in CASES])
def test_what_is_understood(prompt: str, wanted: dict[str, Any]) -> None:
    spec = read_prompt(prompt, 1)
    for name in ("place", "time", "weather", "season", "mood"):
        if name in wanted:
            assert getattr(spec, name) == wanted[name], name
    if "move" in wanted:
        assert spec.camera.move == wanted["move"]
    if "speed" in wanted:
        assert spec.camera.speed == wanted["speed"]
    if "feature" in wanted:
        assert wanted["feature"] in spec.features
    if "who" in wanted:
        cast = [(subject.silhouette, subject.count, subject.action) for subject in spec.subjects]
        assert cast[: len(wanted["who"])] == wanted["who"]
    if "only" in wanted:
        assert [(subject.silhouette, subject.count, subject.action) for subject in spec.subjects] == wanted["only"]
    if wanted.get("tinted"):
        assert spec.subjects[0].tint is not None


def test_the_first_subject_is_the_main_one() -> None:
    spec = read_prompt("a cat and two dogs in a garden", 1)
    assert [subject.main for subject in spec.subjects] == [True, False]


def test_art_is_named_only_where_it_is_there() -> None:
    assert read_prompt("a dog", 1).subjects[0].art == ""
    assert read_prompt("a dog", 1, codes={"1f415"}).subjects[0].art == "1f415"


CODES = {"1f9cd", "1f6b6", "1f3c3", "1f57a", "1f9d8", "1f3c7"}


@pytest.mark.parametrize(
    ("prompt", "art"),
    [("a person", "1f9cd"), ("a hiker walking", "1f6b6"), ("a runner", "1f3c3"), ("a monk meditating", "1f9d8"),
     ("an explorer running", "1f3c3"), ("a chef dancing", "1f57a"), ("a musician waving", "1f9cd"),
     ("a monk riding a horse", "1f3c7"), ("a knight", "")],
)  # fmt: skip
def test_people_are_shown_doing_what_they_do(prompt: str, art: str) -> None:
    assert [subject.art for subject in read_prompt(prompt, 1, codes=CODES).subjects] == [art]


def test_a_colour_never_recolours_skin() -> None:
    assert read_prompt("a red hiker", 1, codes=CODES).subjects[0].tint is None
    assert read_prompt("a red hiker", 1).subjects[0].tint is not None, "the drawing's clothes may be red"


def test_a_building_stands_behind_the_main_subject() -> None:
    knight, castle = read_prompt("a knight before a castle", 1).subjects
    assert castle.depth > knight.depth
    assert read_prompt("a castle", 1).subjects[0].depth == knight.depth, "the main subject itself stays in the middle"


def test_a_close_up_is_larger_and_a_wide_shot_smaller() -> None:
    close, plain, wide = (
        read_prompt(f"{words} a dog", 1).subjects[0].height for words in ("close-up of", "", "wide shot of")
    )
    assert wide < plain < close


def test_a_thing_in_the_distance_is_far_away() -> None:
    castle, dog = read_prompt("a castle in the distance, a dog in the foreground", 1).subjects
    assert dog.depth < 0.3 < 0.7 < castle.depth


@pytest.mark.parametrize("prompt", ["Ein Hund läuft über eine Wiese", "一只狗在草地上奔跑", "asdf qwer zxcv"])
def test_what_is_not_understood_is_said(prompt: str) -> None:
    assert "nothing of the prompt was understood" in read_prompt(prompt, 1).notes[0]


@pytest.mark.parametrize("prompt", ["", " ", "🐕", "...", "a dog", "sunset"])
def test_an_empty_or_a_plain_prompt_has_no_notes(prompt: str) -> None:
    assert read_prompt(prompt, 1).notes == ()


def test_known_things_without_a_picture_are_noted_and_never_guessed() -> None:
    spec = read_prompt(
        "fireworks and a mirror", 1, codes={"1f525"}, nearest=lambda words: [("1f525", 1.0)] * len(words)
    )
    assert spec.subjects == ()
    assert [note.split(":")[0] for note in spec.notes] == ["fireworks", "mirror"]


def test_unknown_nouns_are_guessed_or_noted() -> None:
    def nearest(words: list[str]) -> list[tuple[str, float]]:
        return [("1f9c0", 0.9) if word == "cheese" else ("1f41c", 0.1) for word in words]

    spec = read_prompt("a cheese and a zorgle in a kitchen", 1, codes={"1f9c0"}, nearest=nearest)
    assert [subject.art for subject in spec.subjects] == ["1f9c0"]
    assert spec.notes == ("zorgle: could not be drawn, left out",)


def test_more_subjects_than_fit_are_noted() -> None:
    spec = read_prompt("a dog, a cat, a cow, a horse, a lion and a tiger", 1)
    assert len(spec.subjects) == 4
    assert len(spec.notes) == 2


def test_the_seed_decides_what_the_words_leave_open() -> None:
    scenes = {(read_prompt("a dog", seed).place, read_prompt("a dog", seed).camera.move) for seed in range(20)}
    assert len(scenes) > 3


def test_a_long_prompt_is_read_quickly_and_to_its_beginning() -> None:
    spec = read_prompt("a dog on a beach. " + "words and more words " * 500, 1)
    assert spec.place == "beach"


@settings(max_examples=150)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(
    "a the two red slow dog cats sea in over running night rain , . zoom forest café 犬 \U0001f415 of and".split()
), max_size=40).map(" ".join)), st.integers(0, 2**63 - 1))  # fmt: skip
def test_any_text_gives_one_and_the_same_scene(prompt: str, seed: int) -> None:
    spec = read_prompt(prompt, seed)
    assert msgspec.json.decode(msgspec.json.encode(spec), type=SceneSpec) == spec
    assert read_prompt(prompt, seed) == spec


def test_every_noun_has_a_drawing_a_place_and_poses_that_exist() -> None:
    book = lexicon()
    nouns = book.nouns.values()
    poses = [pose for row in book.poses.values() for pose in row.values()]
    assert {noun.shape for noun in nouns} | {pose.shape for pose in poses if pose.shape} <= set(kinds())
    assert {noun.home for noun in nouns} - {""} <= set(get_args(Place))
    assert {noun.person for noun in nouns} - {""} == set(book.poses)
    assert all({"stand", "walk"} <= set(row) for row in book.poses.values())
    assert {tuple(noun.rider.split()) for noun in nouns if noun.rider} <= set(book.nouns)


@pytest.mark.parametrize(
    ("topic", "allowed"),
    [("place", Place), ("time", TimeOfDay), ("weather", Weather), ("season", Season), ("mood", Mood),
     ("camera", Move), ("action", Action)],
)  # fmt: skip
def test_every_word_means_something_a_scene_can_hold(topic: str, allowed: Any) -> None:
    assert set(lexicon().topics[topic].values()) <= set(get_args(allowed))


@pytest.mark.parametrize(
    ("plural", "one"),
    [("dogs", "dog"), ("foxes", "fox"), ("wolves", "wolf"), ("butterflies", "butterfly"), ("bus", "bus"),
     ("women", "woman"), ("grass", "grass"), ("churches", "church")],
)  # fmt: skip
def test_singulars(plural: str, one: str) -> None:
    assert singular(plural) == one


@pytest.mark.parametrize(
    ("plural", "one"),
    [("taxis", "taxi"), ("buses", "bus"), ("cookies", "cookie"), ("snowmen", "snowman"), ("fishermen", "fisherman"),
     ("volcanoes", "volcano"), ("octopuses", "octopus"), ("cherries", "cherries"), ("elves", "elf")],
)  # fmt: skip
def test_plurals_that_follow_no_rule_of_their_own(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_every_noun_is_found_in_the_plural_too() -> None:
    scene = read_prompt("Two buses, three taxis, four cookies and five snowmen", 1)
    assert [(subject.silhouette, subject.count) for subject in scene.subjects] == [
        ("bus", 2), ("car", 3), ("dish", 4), ("snowman", 5)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "whole", "how", "part"),
    [
        ("A woman with a red umbrella walks through the rain", "person", "over", "umbrella"),
        ("People walking under umbrellas at night", "person_standing", "over", "umbrella"),
        ("An astronaut riding a horse", "horse", "mount", "astronaut"),
        ("A monkey on a bicycle", "bicycle", "mount", "monkey"),
        ("A man playing guitar on a beach", "person_standing", "hand", "guitar"),
        ("A dragon breathing fire over a castle", "dragon", "mouth", "flame"),
    ],
)
def test_what_is_held_or_ridden_is_one_picture(prompt: str, whole: str, how: str, part: str) -> None:
    first = read_prompt(prompt, 1).subjects[0]
    assert (first.silhouette, [(prop.how, prop.subject.silhouette) for prop in first.props]) == (
        whole.replace("person_standing", first.silhouette), [(how, part)]
    )  # fmt: skip
    assert first.main


@pytest.mark.parametrize(
    ("prompt", "seen"),
    [("A farmer driving a tractor in a wheat field", ("car", "drive")),
     ("A man rowing a boat on a lake", ("sailboat", "float")),
     ("A pilot flying a small plane over the sea", ("plane", "fly"))],
)  # fmt: skip
def test_who_drives_sits_inside(prompt: str, seen: tuple[str, str]) -> None:
    assert [(subject.silhouette, subject.action) for subject in read_prompt(prompt, 1).subjects] == [seen]


def test_numbers_and_colours_belong_to_the_next_noun_alone() -> None:
    boys, ball = read_prompt("Two boys kicking football in the street", 1).subjects
    assert (boys.count, ball.count) == (2, 1)
    car, house = read_prompt("A red car beside house", 1).subjects
    assert car.tint is not None
    assert house.tint is None


def test_those_who_ride_are_as_many_as_are_named_and_move_as_their_mount() -> None:
    riders = read_prompt("Three knights riding horses through a forest", 1).subjects[0]
    assert (riders.noun, riders.silhouette, riders.count, riders.action) == ("knights", "horse", 3, "run")


@pytest.mark.parametrize(
    "prompt", ["A dog and a ball", "A castle with a dragon", "A man beside a horse", "A cat, a bicycle"]
)
def test_what_is_only_there_is_not_held(prompt: str) -> None:
    scene = read_prompt(prompt, 1)
    assert len(scene.subjects) == 2
    assert not any(subject.props for subject in scene.subjects)


def test_children_who_fly_kites_stay_on_the_ground() -> None:
    children, kites = read_prompt("Children flying big red kites on a hill", 1).subjects
    assert (children.habitat, children.action) == ("ground", "stand")
    assert kites.habitat == "air"
    assert read_prompt("A man flying over the city", 1).subjects[0].habitat == "air"


def test_whose_style_it_should_be_is_no_thing_in_the_picture() -> None:
    scene = read_prompt("A whale in the ocean, in the style of Van Gogh, at night", 1)
    assert [subject.silhouette for subject in scene.subjects] == ["whale"]
    assert scene.time == "night"
    assert "the style of van gogh: could not be drawn, left out" in scene.notes


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("Eine Frau geht mit dem Hund durch Paris im Regen", True), ("Una mujer con un paraguas en Tokyo", True),
     ("夜の Tokyo、雨、傘をさす女性", True), ("A woman in a café in São Paulo", False),
     ("A man with an umbrella", False)],
)  # fmt: skip
def test_a_prompt_of_which_only_a_name_was_understood_is_not_passed_over(prompt: str, said: bool) -> None:
    assert any("read in English" in note for note in read_prompt(prompt, 1).notes) is said


def test_scenery_without_a_picture_is_said_to_be_left_out() -> None:
    scene = read_prompt("A train crosses a bridge over a river", 1)
    assert scene.place == "river"
    assert "bridge: could not be drawn, left out" in scene.notes


def test_what_walks_on_land_swims_in_the_open_sea() -> None:
    dog = read_prompt("A corgi in the middle of the ocean", 1).subjects[0]
    assert dog.habitat == "water"


@pytest.mark.parametrize(("prompt", "how"), [("A girl kicks a ball", "foot"), ("A girl carries a ball", "hand")])
def test_a_ball_is_before_the_feet_of_who_plays_with_it(prompt: str, how: str) -> None:
    [girl] = read_prompt(prompt, 1).subjects
    assert [prop.how for prop in girl.props] == [how]


def test_several_who_play_have_one_ball_between_them() -> None:
    boys, ball = read_prompt("Two boys playing football in the street", 1).subjects
    assert (boys.count, boys.props, ball.count) == (2, (), 1)
