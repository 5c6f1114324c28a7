"""Sheets: where their pixels land in a frame, and what shows through them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rushes.engines.local.composer.stage.sheet import Frame, Sheet
from rushes.engines.local.composer.stage.warp import Bytes, Matrix
from rushes.engines.local.composer.stage.yuv import cut_out

WIDTH, HEIGHT = 320, 180


def slope() -> Bytes:
    """Greys that rise by two for every pixel to the right, up to the middle, and fall from there."""
    line = 255 - 2 * np.abs(np.arange(WIDTH) - WIDTH / 2).clip(0, 120)
    return np.repeat(np.tile(line, (HEIGHT, 1))[..., None], 3, axis=2).astype(np.uint8)


def disc(radius: int = 50) -> Bytes:
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(alpha, (WIDTH // 2, HEIGHT // 2), radius, 255, -1, cv2.LINE_AA)
    return alpha


def zoom(factor: float, turn: float = 0.0) -> Matrix:
    """Around the middle of the frame."""
    matrix: Matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), turn, factor)
    return matrix


def painted(sheet: Sheet, matrix: Matrix) -> Frame:
    frame = Frame(WIDTH, HEIGHT)
    frame.light[:], frame.blue[:], frame.red[:] = 60, 90, 160
    sheet.paint(frame, matrix)
    return frame


@pytest.mark.parametrize("pace", [0.00005, 0.0003, 0.004])
def test_however_slowly_a_sheet_grows_every_pixel_is_near_its_place(pace: float) -> None:
    sheet = Sheet(slope())
    still = painted(sheet, zoom(1.0)).light
    for step in range(40):
        matrix = zoom(1.0 + pace * step)
        exact = cv2.warpAffine(still, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        off = np.abs(painted(sheet, matrix).light.astype(int) - exact)[:, 4:-4]
        # Two levels a pixel: a quarter pixel and rounding are one level and a half.
        assert off.max() <= 2
        assert off.mean() < 0.6


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("pace", [0.04, 0.9])
def test_a_sliding_sheet_is_near_its_place(axis: int, pace: float) -> None:
    picture = slope() if axis == 0 else np.ascontiguousarray(np.resize(slope()[0], (WIDTH, WIDTH, 3)).swapaxes(0, 1))
    sheet = Sheet(picture)
    still = painted(sheet, zoom(1.0)).light
    for step in range(40):
        matrix = zoom(1.0)
        matrix[axis, 2] = -pace * step
        exact = cv2.warpAffine(still, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        off = np.abs(painted(sheet, matrix).light.astype(int) - exact)[:-40, :-40]
        # Two levels a pixel: an eighth of one and rounding are not two levels.
        assert off.max() <= 1


@pytest.mark.parametrize("side", [60, 0])
def test_every_row_of_a_slanted_sheet_is_near_its_place(side: int) -> None:
    """side: how far the sheet goes on past the frame; without it, its edge is continued."""
    sheet = Sheet(np.ascontiguousarray(np.pad(slope(), ((0, 0), (side, side), (0, 0)), "edge")), -side, 0)
    still = painted(sheet, zoom(1.0)).light
    for step in range(-20, 21):
        matrix = np.array([[1.0, 0.011 * step, -0.7 * step], [0.0, 1.0, 0.0]])
        exact = cv2.warpAffine(still, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        shown = painted(sheet, matrix)
        assert np.abs(shown.light.astype(int) - exact)[:, 40:-40].max() <= 1
        assert np.unique(shown.blue).tolist() == [128]


@pytest.mark.parametrize("pace", [0.00005, 0.0005, 0.01])
def test_however_slowly_a_cut_out_turns_it_is_near_its_place(pace: float) -> None:
    sheet = Sheet(cut_out(slope(), disc(60)))
    inside = disc(52) == 255
    for step in range(30):
        matrix = zoom(1.0 + 0.0003 * step, np.degrees(pace * step))
        exact = cv2.warpAffine(painted(Sheet(slope()), zoom(1.0)).light, matrix, (WIDTH, HEIGHT))
        off = np.abs(painted(sheet, matrix).light.astype(int) - exact)[inside]
        assert off.max() <= 3
        assert off.mean() < 0.9


def test_frames_do_not_depend_on_the_frames_before_by_more_than_rounding() -> None:
    warm = Sheet(cut_out(slope(), disc()))
    for step in range(20):
        painted(warm, zoom(1.0 + 0.0004 * step))
    fresh = Sheet(cut_out(slope(), disc()))
    one, two = (painted(sheet, zoom(1.008)).light.astype(int) for sheet in (warm, fresh))
    assert np.abs(one - two).mean() < 0.3


@pytest.mark.parametrize("turn", [0.0, 7.0])
def test_a_cut_out_shows_what_it_covers_and_what_is_behind(turn: float) -> None:
    red = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    red[..., 0] = 255
    frame = painted(Sheet(cut_out(red, disc())), zoom(1.0, turn))
    inside, outside = disc(46) == 255, cv2.dilate(disc(), np.ones((9, 9), np.uint8)) == 0
    assert np.abs(frame.light[inside].astype(int) - 63).max() <= 1
    assert np.abs(frame.red[inside[::2, ::2]].astype(int) - 240).max() <= 1
    assert np.unique(frame.light[outside]).tolist() == [60]
    assert np.unique(frame.blue[outside[::2, ::2]]).tolist() == [90]


def test_a_soft_edge_mixes_light_and_colour_alike() -> None:
    white, half = np.full((HEIGHT, WIDTH, 3), 255, np.uint8), np.full((HEIGHT, WIDTH), 128, np.uint8)
    frame = painted(Sheet(cut_out(white, half)), zoom(1.0))
    assert np.abs(frame.light.astype(int) - (60 * 127 + 235 * 128) / 255).max() <= 1.5
    assert np.abs(frame.red.astype(int) - (160 * 127 + 128 * 128) / 255).max() <= 1.5


def test_opaque_rows_below_a_cut_out_are_still_there() -> None:
    alpha = disc()
    alpha[HEIGHT // 2 :] = 255
    sheet = Sheet(cut_out(slope(), alpha))
    assert sheet.box == (0, 38, WIDTH, HEIGHT)
    frame = painted(sheet, zoom(1.0))
    whole = painted(Sheet(slope()), zoom(1.0))
    assert np.array_equal(frame.light[HEIGHT // 2 + 4 :], whole.light[HEIGHT // 2 + 4 :])
    assert np.unique(frame.light[:36]).tolist() == [60]


@pytest.mark.parametrize("turn", [0.0, 0.5])
def test_no_coloured_fringe_around_what_moves(turn: float) -> None:
    grey = Sheet(cut_out(np.full((HEIGHT, WIDTH, 3), 128, np.uint8), disc()))
    for step in range(24):
        frame = painted(grey, zoom(1.0 + 0.007 * step, turn * step))
        # Grey over the frame's own colour: all that lies between them, and nothing else.
        assert set(np.unique(frame.blue)) <= set(range(89, 130))
        assert set(np.unique(frame.red)) <= set(range(127, 162))
