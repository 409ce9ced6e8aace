"""decode.py: saved arrays become the pieces that they are."""

import numpy as np
import pytest

from config import resolve
from datasets.demo import Demo
from decode import arrays_in, check_tokens, flags, representation_of
from errors import UserError
from music import midi
from system.build import representation


def windows_of(model: str) -> np.ndarray:
    made = representation(resolve(model, "base", "demo", {}))
    return np.concatenate([made.encode(piece) for _, piece in Demo(songs=3).pieces("train")])


@pytest.mark.parametrize("model", ["trio", "trio_octuple"])
def test_the_files_hold_the_arrays(model, tmp_path, monkeypatch):
    import sys

    from decode import main

    windows = windows_of(model)
    np.save(tmp_path / "arrays.npy", windows)
    words = [str(tmp_path / "arrays.npy"), "--representation", model, "--dataset", "demo"]
    monkeypatch.setattr(sys, "argv", ["decode.py", *words, "--out", str(tmp_path / "out")])
    main()
    made = representation(resolve(model, "base", "demo", {}))
    for number, window in enumerate(windows, 1):
        found = midi.read(tmp_path / "out" / f"sample {number}.mid")
        expected = made.decode(window)
        assert sorted(found.pitch.tolist()) == sorted(expected.pitch.tolist())
        assert found.ends.max() == pytest.approx(expected.ends.max())


def test_one_array_is_one_piece(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((16, 3), int))
    assert arrays_in(tmp_path / "a.npy", (1024, 3)).shape == (1, 16, 3)


def test_it_reads_as_the_shipped_weights_do_unless_told_otherwise(monkeypatch):
    """Those of `trio` play POP909's tracks and those of `notes` have statistics."""
    asked = ["decode.py", "a.npy", "--out", "out", "--representation"]

    def read_by(*words):
        monkeypatch.setattr("sys.argv", [*asked, *words])
        return representation_of(flags())

    assert read_by("trio").parts == ("MELODY", "BRIDGE", "PIANO")
    assert read_by("trio", "--dataset", "folder").parts == ("Melody", "Bass", "Drums")
    assert read_by("notes").statistics and read_by("melody_octuple").parts == ("Melody",)
    with pytest.raises(UserError, match="--representation: .*'trio'"):
        read_by("tri")


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.full((1, 16, 3), 0.5), "whole numbers"),
        (np.full((1, 16, 3), True), "whole numbers"),
        (np.full((1, 16, 3), np.nan), "NaN"),
        (np.zeros((0, 16, 3), int), "no piece"),
    ],
)
def test_what_cannot_be_tokens_is_refused(array, told, tmp_path):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(UserError, match=told):
        check_tokens(tmp_path / "a.npy", arrays_in(tmp_path / "a.npy", (1024, 3)))


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros((2, 16, 4)), "arrays of"),
        (np.zeros(3), "arrays of"),
        (np.array(["a"]), "no array of numbers"),
    ],
)
def test_other_arrays_are_refused(array, told, tmp_path):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(UserError, match=told):
        arrays_in(tmp_path / "a.npy", (1024, 3))
    (tmp_path / "b.npy").write_bytes(b"no array")
    with pytest.raises(UserError, match="not an array"):
        arrays_in(tmp_path / "b.npy", (1024, 3))
    with pytest.raises(UserError, match="no such file"):
        arrays_in(tmp_path / "c.npy", (1024, 3))
