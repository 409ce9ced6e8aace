"""evaluate.py as its user types it."""

import json

import pytest

import evaluate
from errors import UserError
from music import midi
from tests.metrics.small import songs
from tests.system.runs import drive


@pytest.fixture
def parsed(monkeypatch):
    """The flags of a command line."""

    def parse(*words):
        monkeypatch.setattr("sys.argv", ["evaluate.py", *map(str, words)])
        return evaluate.flags()

    return parse


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--samples"),
        (["--samples", "a"], "--reference"),
        (["--samples", "a", "--reference", "b", "--model", "notes"], "--model"),
        (["--samples", "a", "--reference", "b", "--task", "infill"], "--bars"),
        (["--model", "notes", "--task", "infill", "--bars", "1:2"], "--input_midi_dir"),
        (["--model", "nots"], "'notes'"),
        (["--model", "notes", "--bars", "16-32"], "--bars"),
        (["--model", "notes", "--bars", "32:16"], "--bars"),
        (["--model", "notes", "--n", "1"], "--n"),
        (["--model", "notes", "--task", "inpaint"], "infill"),
        (["--run", "a", "--weights", "b"], "--weights"),
        (["--compare", "a"], "--compare"),
    ],
)
def test_a_wrong_flag_is_named(parsed, words, named):
    with pytest.raises(UserError, match=named) as told:
        parsed(*words)
    assert "\n" not in str(told.value)


def test_bars_are_read(parsed):
    words = ["--samples", "a", "--reference", "b", "--task", "infill", "--bars", "16:32"]
    assert parsed(*words).bars == (16, 32)


def test_folders_are_judged_without_tensorflow(tmp_path):
    """Filling in too, with the original's own bars as the best of fillings."""
    for number, piece in enumerate(songs(12)):
        for name in ("samples", "filled") if number < 6 else ("data",):
            (tmp_path / name).mkdir(exist_ok=True)
            midi.write(piece, tmp_path / name / f"song {number}.mid")
    quick = ["--resamples", 5]
    whole = ["evaluate.py", "--samples", "samples", "--reference", "data", "--out", "a", *quick]
    fill = ["evaluate.py", "--task", "infill", "--bars", "2:4", "--samples", "filled"]
    fill += ["--reference", "samples", "--out", "b", *quick]
    again = ["evaluate.py", "--compare", "a", "a"]
    done = drive(tmp_path, whole, fill, again, without="tensorflow,keras,jax")
    assert "Fréchet distance" in done.stdout and "difference" in done.stdout
    assert (tmp_path / "a" / "report.html").stat().st_size > 50_000
    rows = json.loads((tmp_path / "b" / "metrics_infill.json").read_text())["rows"]
    found = {row["name"]: row for row in rows}
    assert found["pitch accuracy"]["value"]["value"] == 1
    assert found["pitch accuracy"]["floors"]["another piece's bars"]["value"] < 0.9
    assert found["token accuracy"]["floors"]["noise"]["value"] < 0.9
