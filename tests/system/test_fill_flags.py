"""The flags that fill in: what they mean together, and what is refused before all else."""

import subprocess
import sys
from pathlib import Path

import pytest

import generator
from errors import UserError
from music import Piece, midi
from representations.roll import Roll
from system import fill_flags, gaps

ROOT = Path(__file__).parents[2]


@pytest.fixture
def parsed(monkeypatch, tmp_path):
    """The flags of a command line, in a folder with two songs, an empty one and a broken file."""
    (tmp_path / "songs").mkdir()
    long = Piece.from_notes([480 * i for i in range(64)], 480, 60, track_names=("LEAD",))
    midi.write(long, tmp_path / "songs" / "a long one.mid")
    midi.write(long.select(long.onset < 8 * 480), tmp_path / "songs" / "short.MID")
    midi.write(long.select(long.onset < 0), tmp_path / "empty.mid")
    (tmp_path / "songs" / "broken.mid").write_bytes(b"MThd")
    monkeypatch.chdir(tmp_path)

    def parse(words):
        monkeypatch.setattr("sys.argv", ["generator.py", "out", *words.split()])
        return generator.flags()

    return parse


SONG = "--infill songs/short.MID"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--bars 0", "--bars: '0'"),
        ("--bars 8:12", "--bars: without --infill"),
        ("--beats 8:12", "--beats: .* --infill"),
        ("--first_half", "--first_half: .* --infill"),
        ("--samples_per_midi 2", "--samples_per_midi: .* --input_midi_dir"),
        (SONG, "say what to draw"),
        (f"{SONG} --bars 8", "8:12"),
        (f"{SONG} --bars 8:8", "'8:8' is empty"),
        (f"{SONG} --bars 8:4", "'8:4'"),
        (f"{SONG} --bars -1:4", "'-1:4'|one argument"),
        (f"{SONG} --bars 1.5:4", "'1.5:4'"),
        (f"{SONG} --bars 800:900000", "'800:900000' is not a range of bars from 0 to 10,000, as"),
        (f"{SONG} --seconds 0:40001", "'0:40001' is not a range of numbers from 0 to 40,000, as"),
        (f"{SONG} --seconds nan:4", "'nan:4'"),
        (f"{SONG} --beats 1:2:3", "'1:2:3'"),
        (f"{SONG} --pitches 60:128", "'60:128'"),
        (f"{SONG} --tracks ,", "--tracks: there is no name"),
        (f"{SONG} --bars 0:1 --tempo 90", "--tempo"),
        (f"{SONG} --bars 0:1 --program 0", "--program"),
        (f"{SONG} --bars 0:1 --samples_per_midi 2", "--samples_per_midi"),
        (f"{SONG} --bars 0:1 --input_midi_dir songs", "--input_midi_dir: not allowed"),
        ("--infill none.mid --bars 0:1", "none.mid"),
        ("--input_midi_dir none --bars 0:1", "none"),
        ("--input_midi_dir songs --bars 0:1 --n 3", "--n"),
    ],
)
def test_a_wrong_flag_is_named(parsed, words, named):
    with pytest.raises(UserError, match=named) as told:
        parsed(words)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--infill songs/broken.mid --bars 0:1", "broken.mid: not a MIDI file"),
        ("--infill empty.mid --bars 0:1", "empty.mid: holds no note"),
        (f"{SONG} --bars 8:12", "short.MID: nothing .* 2 bars"),
        (f"{SONG} --tracks BASS", "--tracks: there is no 'BASS'; it has LEAD"),
        ("--input_midi_dir . --bars 0:1", "no song is left"),
        ("--input_midi_dir out --bars 0:1", "holds no .mid"),
    ],
)
def test_a_song_that_cannot_be_filled_is_named(parsed, words, named, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match=named):
        gaps.asked(parsed(words), Roll())


def test_a_folder_is_filled_song_by_song(parsed):
    args = parsed("--input_midi_dir songs --bars 8:10 --samples_per_midi 2")
    found = gaps.asked(args, Roll())
    # The short one has no eighth bar.
    assert [asked.name for asked in found] == ["a long one 1", "a long one 2"]
    spans = [(asked.gap.start, asked.gap.stop) for asked in found]
    assert spans == [(8 * 4 * 480, 10 * 4 * 480)] * 2
    assert [asked.origin.stem for asked in found] == ["a long one"] * 2
    found = gaps.asked(parsed("--input_midi_dir songs --pitches 0:"), Roll())
    assert len(found) == 8 and found[-1].name == "short 4"


def test_bars_alone_are_the_length_of_a_long_piece(parsed):
    args = parsed("--bars 64 --tempo 90 --program 4 --n 3")
    found = gaps.asked(args, Roll())
    assert [asked.name for asked in found] == ["sample 1", "sample 2", "sample 3"]
    assert (found[0].gap.start, found[0].gap.stop) == (0, 64 * 4 * 480)
    assert found[0].gap.piece.tempos.tolist() == [[0, 666_667]] and found[0].origin is None
    assert fill_flags.told(args) == {"bars": 64}
    plain = parsed("--seed 3")
    assert not fill_flags.wanted(plain) and plain.n == 8 and plain.tempo == 120


def test_help_and_faults_load_nothing_heavy(tmp_path):
    """Not even NumPy: --help answers at once."""
    code = "import runpy, sys\nsys.argv = ['generator.py', 'out', '--bars', '8:12']\n"
    code += "try: runpy.run_path('generator.py', run_name='__main__')\n"
    code += "except SystemExit as left: print(left.code)\n"
    code += "print({'numpy', 'keras', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split("\n")[-3:-1] == ["2", "set()"]
