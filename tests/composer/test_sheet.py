"""Sheets: where their pixels land in a frame, and what shows through them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from rushes.engines.local.composer.stage.sheet import Frame, Sheet, cut_out
from rushes.engines.local.composer.stage.warp import Bytes, Matrix

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
