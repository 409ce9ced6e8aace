import io
import time

import numpy as np
import pytest

from music import Piece

picture = pytest.importorskip("music.picture", reason="matplotlib is not installed")
from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.image import imread  # noqa: E402

from music.pianoroll import DRUM_COLOUR, PALETTE, printable, voices  # noqa: E402
from music.picture import DPI  # noqa: E402

EMPTY = Piece.from_notes([], [], [])


def pixels(png: bytes) -> np.ndarray:
    """(height, width, 3) in [0, 1]."""
    return imread(io.BytesIO(png))[..., :3]


def centres(image: np.ndarray, colour: str) -> np.ndarray:
    """Mean (row, column) of each run of columns with pixels in `colour`, left to right."""
    hit = (np.abs(image - np.array(to_rgb(colour))) < 0.02).all(axis=-1)
    hit[: int(0.95 * DPI)] = False  # the legend
    columns = np.flatnonzero(hit.any(axis=0))
    runs = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return np.array([[np.nonzero(hit[:, run])[0].mean(), run.mean()] for run in runs])


def test_notes_stand_where_they_sound():
    """A rising whole-tone line: equal steps right, equal steps up, in the colour of its track."""
    piece = Piece.from_notes(np.arange(6) * 960, 480, 60 + 2 * np.arange(6), 127)
    found = centres(pixels(picture.draw_to_png_bytes(piece)), PALETTE[0])
    assert len(found) == 6
    steps = np.diff(found, axis=0)
    assert (steps[:, 0] < 0).all() and (steps[:, 1] > 0).all()
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape), atol=1.5)


def test_tracks_have_colours_and_softer_notes_are_paler():
    loud = Piece.from_notes([0, 960], 480, 60, 127, track=[0, 1], program=[0, 40])
    image = pixels(picture.draw_to_png_bytes(loud))
    assert len(centres(image, PALETTE[0])) == len(centres(image, PALETTE[1])) == 1
    soft = Piece.from_notes([0, 960], 480, 60, [127, 10])
    image = pixels(picture.draw_to_png_bytes(soft))
    assert len(centres(image, PALETTE[0])) == 1


def test_drums_are_rows_below_the_roll():
    keys = [36, 38, 42, 49]
    piece = Piece.from_notes(
        [0, 960, 1920, 2880, 480], 240, [*keys, 72], 127, is_drum=[1, 1, 1, 1, 0], track=[0] * 5
    )
    image = pixels(picture.draw_to_png_bytes(piece))
    drums, notes = centres(image, DRUM_COLOUR), centres(image, PALETTE[0])
    assert drums[:, 0].min() > notes[:, 0].max()
    labels = [label for _, _, label in voices(piece)]
    assert labels == ["Acoustic Grand Piano", "Drums"]
    only_drums = pixels(picture.draw_to_png_bytes(piece.select(piece.is_drum)))
    assert len(only_drums) < len(image) / 2


def test_equal_pieces_give_equal_files_and_titles_can_hold_anything():
    piece = Piece.from_notes(0, 480, 69, track_names=["$x_{1$\n\0 tab\t"])
    title = "50% of $a_{b & <c> \ud800 " + "long " * 40
    assert picture.draw_to_png_bytes(piece, title) == picture.draw_to_png_bytes(piece, title)
    assert printable("a\nb\0c\t ") == "a b c"
    assert len(printable("x" * 99, 20)) == 20


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "piece",
    [
        EMPTY,
        Piece.from_notes(0, 1, 0),
        Piece.from_notes(0, 1, 127, 1),
        Piece.from_notes([0, 0], 5, [0, 127], time_signatures=[(0, 255, 1)]),
        Piece.from_notes(3, 5, 60, ticks_per_beat=1, time_signatures=[(0, 1, 128)]),
        Piece.from_notes(np.arange(40), 5, 60, track=np.arange(40), program=np.arange(40)),
        Piece.from_notes(0, 5, 60, is_drum=True),
    ],
    ids=["empty", "lowest", "highest", "wide", "tiny bars", "many tracks", "one drum"],
)
def test_unlikely_pieces_are_drawn(piece, tmp_path):
    picture.draw_piece(piece, tmp_path / "roll.png", "Unlikely")
    image = imread(tmp_path / "roll.png")
    assert image.shape[0] > 200 and image.shape[1] >= 1600
    assert image[..., :3].std() > 0.01


def test_a_long_piece_is_drawn_quickly():
    random = np.random.default_rng(0)
    piece = Piece.from_notes(
        random.integers(0, 480 * 2000, 10_000), random.integers(20, 900, 10_000),
        random.integers(30, 100, 10_000), random.integers(1, 128, 10_000),
        track=random.integers(0, 6, 10_000),
    )  # fmt: skip
    start = time.process_time()
    picture.draw_to_png_bytes(piece)
    assert time.process_time() - start < 5


def test_a_sheet_holds_every_piece(tmp_path):
    pieces = [Piece.from_notes(0, 1920, 60, 127) for _ in range(5)] + [EMPTY]
    buffer = io.BytesIO()
    picture.contact_sheet(pieces, buffer, titles=[f"piece {n}" for n in range(6)])
    image = pixels(buffer.getvalue())
    blue = (np.abs(image - np.array(to_rgb(PALETTE[0]))) < 0.02).all(axis=-1)
    rows = np.flatnonzero(blue.any(axis=1))
    columns = np.flatnonzero(blue.any(axis=0))
    cells = [1 + (np.diff(found) > 1).sum() for found in (rows, columns)]
    assert cells == [3, 2]
    picture.contact_sheet([], tmp_path / "none.png")
    with pytest.raises(ValueError, match="titles"):
        picture.contact_sheet(pieces, buffer, titles=["one"])


def test_the_shade_lies_under_the_beats_it_is_asked_for():
    buffer = io.BytesIO()
    piece = Piece.from_notes([0, 7 * 480], 480, 60)  # two bars of four
    picture.contact_sheet([piece], buffer, [""], shaded=(2, 4))
    image = pixels(buffer.getvalue())
    shade = (np.abs(image - np.array(to_rgb(picture.SHADE))) < 0.02).all(axis=-1).any(axis=0)
    columns = np.flatnonzero(shade)
    left, width = 0.25 * DPI, 4.75 * DPI  # of the picture in the page
    assert columns[0] == pytest.approx(left + width * 2 / 8, abs=3)
    assert columns[-1] == pytest.approx(left + width * 4 / 8, abs=3)


def test_a_picture_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError):
        picture.draw_piece(EMPTY, tmp_path / "none" / "roll.png")
    assert list(tmp_path.iterdir()) == []
