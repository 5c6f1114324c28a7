"""The composer's image modes: as many stills as are wanted, drawn or edited, each with its own seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rushes.engines.contract import Mode, Output, Request
from rushes.engines.local.composer.matte import Matte
from rushes.engines.local.composer.opened import Picture, on_white
from rushes.engines.local.composer.scenes import Reader
from rushes.engines.local.composer.stills.cutouts import subjects_only
from rushes.engines.local.composer.stills.drawing import still, within_reason
from rushes.engines.local.composer.stills.edit import Editor
from rushes.engines.local.composer.stills.marking import stamp, stamp_within
from rushes.engines.local.composer.stills.pasting import paste
from rushes.engines.local.composer.stills.saving import Wanted, save, wanted
from rushes.engines.local.composer.stills.setting import plain_ground
from rushes.engines.local.composer.stills.wishes import read_wish

IMAGE_MODES = frozenset((Mode.TEXT_TO_IMAGE, Mode.IMAGE_TO_IMAGE))
_GROUNDS = ("sticker:", "isolated:", "cutout:")
Made = tuple[tuple[Output, ...], tuple[str, ...]]


def make_images(
    request: Request, folder: Path, report: Callable[[float], None], reader: Reader, matte: Callable[[], Matte | None]
) -> Made:
    """Make `request.count` stills in `folder`, with seeds from `request.seed` on. Answers outputs and warnings.

    matte: loads the matte, if there is one; asked only where pictures are given. Raises EngineError.
    """
    how = wanted(request)
    draw = _drawn if request.mode is Mode.TEXT_TO_IMAGE else _edited
    return draw(request, folder, report, reader, matte, how)


def _drawn(
    request: Request, folder: Path, report: Callable[[float], None], reader: Reader,
    matte: Callable[[], Matte | None], how: Wanted,
) -> Made:  # fmt: skip
    art = within_reason(reader.sprites.picture)
    ground = "" if how.clear else read_wish(request.prompt).ground
    outputs: list[Output] = []
    notes: dict[str, None] = dict.fromkeys(reader.warnings)
    for number in range(request.count):
        spec = reader.scene(request.prompt, request.seed + number)
        # "a sticker of a rocket" asks for no picture of a sticker.
        notes |= {note: None for note in spec.notes if ground is None or not note.startswith(_GROUNDS)}
        if ground is None:
            picture = still(spec, request.width, request.height, art)
        elif not spec.subjects:
            notes["there is no subject to stand on a plain ground: the scene was drawn"] = None
            picture = still(spec, request.width, request.height, art)
        else:
            picture = subjects_only(spec.subjects, request.width, request.height, art, spec.seed)
            if ground:
                sheet, picture = picture, plain_ground(request.width, request.height, ground)
                paste(picture, sheet, 0, 0)
        picture = _opaque(picture, how, notes)
        stamp(picture)
        outputs.append(save(picture, folder, number, how))
        report((number + 1) / (request.count + 1))
    return tuple(outputs), tuple(notes)


def _edited(
    request: Request, folder: Path, report: Callable[[float], None], reader: Reader,
    matte: Callable[[], Matte | None], how: Wanted,
) -> Made:  # fmt: skip
    editor = Editor(request.inputs, request.prompt, request.width, request.height, matte(), clear=how.clear)
    outputs: list[Output] = []
    notes: dict[str, None] = {}
    for number in range(request.count):
        made = editor.result(number, reader.scene(request.prompt, request.seed + number), reader.sprites.picture)
        notes[made.done] = None
        picture = _opaque(made.picture, how, notes)
        if made.part is None:
            stamp(picture)
        elif not stamp_within(picture, made.part):
            notes["the marked part is too small to carry the draft mark"] = None
        outputs.append(save(picture, folder, number, how))
        report((number + 1) / (request.count + 1))
    return tuple(outputs), tuple(notes)


def _opaque(picture: Picture, how: Wanted, notes: dict[str, None]) -> Picture:
    """The picture itself, or on white where its format cannot be transparent."""
    if picture.shape[2] == 3 or how.format != "jpeg":
        return picture
    notes["a JPEG cannot be transparent: the ground is white"] = None
    return on_white(picture)
