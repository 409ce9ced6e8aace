"""MAESTRO, Lakh and POP909 as they are published: splits, what is known of a piece, refusals."""

import numpy as np
import pytest

from datasets.beats import on_beats
from datasets.columns import piece_from
from datasets.crew import Crew
from datasets.folder import Folder
from datasets.lakh import Lakh, song_of
from datasets.maestro import Maestro
from datasets.midi_files import SPLITS, MidiFiles
from datasets.open import builder_of
from datasets.parsing import Rules
from datasets.pop909 import Pop909
from errors import UserError
from music import Piece
from tests.datasets.material import DATA, lay, pack, roll_up, song

HEAD = "canonical_composer,canonical_title,split,year,midi_filename,audio_filename,duration\n"


def ids(corpus: MidiFiles) -> dict[str, list[str]]:
    return {split: [id for id, _ in corpus.pieces(split)] for split in SPLITS}


def maestro(version: str, above: str = "") -> dict[str, bytes]:
    """An archive of three performances, one of them in each split, and a file beside them."""
    top = f"{above}maestro-v{version}"
    rows = [
        f'"Bach, J. S.",Fugue {i},{split},{2004 + i},{2004 + i}/{i}.midi,{i}.wav,1.5\n'
        for i, split in enumerate(SPLITS)
    ]
    files = {f"{top}/{2004 + i}/{i}.midi": song(i) for i in range(3)}
    files[f"{top}/2004/stray.midi"] = song(9)
    return files | {f"{top}/maestro-v{version}.csv": (HEAD + "".join(rows)).encode()}


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "3.0.0"])
def test_the_csv_decides_in_folder_zip_and_unpacked_above(tmp_path, version):
    files = maestro(version)
    roots = [
        lay(tmp_path / "there", files),
        tmp_path / "there" / f"maestro-v{version}",
        pack(tmp_path / "z.zip", files),
        pack(tmp_path / "deep.zip", maestro(version, "a/b/")),
        roll_up(tmp_path / "t.tar", files),
    ]
    for root in roots:
        corpus = Maestro(root)
        found = ids(corpus)
        for i, split in enumerate(SPLITS):
            (id,) = found[split]
            assert id.endswith(f"{2004 + i}/{i}.midi")
            assert corpus.about(id) == {
                "composer": "Bach, J. S.",
                "title": f"Fugue {i}",
                "year": 2004 + i,
                "maestro_version": version,
            }
        assert corpus.report["dropped"]["not in the csv"]["count"] == 1


def test_a_maestro_without_its_table_or_with_a_broken_one_is_refused(tmp_path):
    files = maestro("3.0.0")
    table = files.pop("maestro-v3.0.0/maestro-v3.0.0.csv")
    with pytest.raises(UserError, match=r"maestro-v\*\.csv"):
        ids(Maestro(pack(tmp_path / "z.zip", files)))
    name = "maestro-v3.0.0/maestro-v3.0.0.csv"
    for wrong in (table.replace(b"validation", b"dev"), b"x,y\n1,2\n"):
        with pytest.raises(UserError, match="line"):
            ids(Maestro(pack(tmp_path / "z.zip", files | {name: wrong})))


def test_maestro_changes_with_its_table(tmp_path):
    files = maestro("3.0.0")
    name = "maestro-v3.0.0/maestro-v3.0.0.csv"
    first = Maestro(pack(tmp_path / "a.zip", files)).fingerprint()
    other = files | {name: files[name].replace(b"Fugue 1", b"Fugue 7")}
    assert Maestro(pack(tmp_path / "a.zip", other)).fingerprint() != first
    assert Maestro(pack(tmp_path / "b.zip", files)).fingerprint() == first


def hashed(number: int) -> str:
    return f"{number:032x}"


def test_full_lakh_is_split_by_content_and_copies_go(tmp_path):
    names = {f"lmd_full/{hashed(i)[-1]}/{hashed(i)}.mid": song(i % 150) for i in range(200)}
    # In lmd_full the folder is the first letter of the name.
    names = {f"lmd_full/0/{name.rpartition('/')[2]}": song for name, song in names.items()}
    corpus = Lakh(roll_up(tmp_path / "lmd_full.tar", names))
    found = ids(corpus)
    assert sum(map(len, found.values())) == 150 and corpus.report["duplicates"] == 50
    assert len(found["train"]) > 120 and found["validation"] and found["test"]
    again = ids(Folder(lay(tmp_path / "there", names)))
    assert found == again


def test_versions_of_a_song_stand_on_one_side(tmp_path):
    matched = {
        f"lmd_matched/A/B/C/TRABC{i:013}/{hashed(100 * i + j)}.mid": song(1000 + 3 * i + j)
        for i in range(60)
        for j in range(3)
    }
    clean = {
        f"clean_midi/Band {i % 9}/Song {i}{end}.mid": song(i * 10 + k)
        for i in range(60)
        for k, end in enumerate(("", ".1", ".2"))
    }
    for files in (matched, clean):
        corpus = Lakh(pack(tmp_path / "z.zip", files))
        sides: dict[str, set[str]] = {}
        found = ids(corpus)
        for split, names in found.items():
            for name in names:
                sides.setdefault(song_of(name), set()).add(split)
        assert len(sides) == 60 and all(len(side) == 1 for side in sides.values())
        assert all(found.values())
    assert corpus.about("clean_midi/Band 3/Song 12.2.mid") == {
        "msd_track": "",
        "artist": "Band 3",
        "title": "Song 12",
    }
    about = Lakh(pack(tmp_path / "m.zip", matched)).about(next(iter(matched)))
    assert about == {"msd_track": "TRABC0000000000000", "artist": "", "title": ""}


def pop909() -> dict[str, bytes]:
    files = {}
    for number in (1, 18, 27, 909):
        at = f"POP909/{number:03}"
        files[f"{at}/{number:03}.mid"] = song(number)
        files[f"{at}/versions/{number:03}-v1.mid"] = song(5000 + number)
        files[f"{at}/beat_midi.txt"] = b"0.05 1.0 1.0\n0.7 0.0 0.0\nbroken line here\n"
        files[f"{at}/chord_midi.txt"] = b"0.0\t0.7\tN\n0.7\t1.5\tGb:maj7\n"
        files[f"{at}/key_audio.txt"] = b"2.67\t191.9\tGb:maj\n"
    return files


def test_pop909_is_split_by_number_with_its_annotations(tmp_path):
    files = pop909()
    for root in (lay(tmp_path / "there", files), pack(tmp_path / "z.zip", files)):
        corpus = Pop909(root)
        found = ids(corpus)
        assert found == {
            "train": ["POP909/001/001.mid", "POP909/027/027.mid"],
            "validation": ["POP909/018/018.mid"],
            "test": ["POP909/909/909.mid"],
        }
        about = corpus.about("POP909/909/909.mid")
        assert about["song"] == 909 and about["chords"] == "N\nGb:maj7"
        assert abs(about["beats"] - [[0.05, 1, 1], [0.7, 0, 0]]).max() < 1e-6
        assert about["keys"] == "Gb:maj" and about["key_times"].shape == (1, 2)


@pytest.mark.skipif(not (DATA / "POP909.zip").exists(), reason="POP909.zip is not here")
def test_the_real_pop909_names_its_tracks():
    corpus = Pop909(DATA / "POP909.zip", limit=12)
    pieces = dict(corpus.pieces("train"))
    assert len(pieces) == 11
    for id, piece in pieces.items():
        assert set(piece.track_names) >= {"MELODY", "BRIDGE", "PIANO"}
        about = corpus.about(id)
        # Beats in seconds fall within the piece, and there is a chord wherever there is music.
        assert about["beats"][-1, 0] <= piece.duration_seconds + 5
        assert len(about["chords"].split()) == len(about["chord_times"]) > 20


@pytest.mark.parametrize("offset", [0, 38, 200, 411])
@pytest.mark.parametrize("first", [0, 1, 3])
@pytest.mark.parametrize("silence", [0, 1, 20])
def test_notes_move_onto_the_annotated_beats(offset, first, silence):
    """A piece on its beats, taken off them, comes back up to whole bars, with its tempo map."""
    ticks = np.arange(silence * 480, (silence + 64) * 480, 240)
    tempos = [[0, 500_000], [(silence + 21) * 480, 400_000]]
    meters = [[0, 4, 4], [(silence + 31) * 480, 2, 4]]
    whole = Piece.from_notes(ticks, 200, 60, tempos=tempos, time_signatures=meters)
    off = Piece.from_notes(
        ticks + offset,
        200,
        60,
        tempos=[[0, 500_000], [tempos[1][0] + offset, 400_000]],
        time_signatures=[[0, 4, 4], [meters[1][0] + offset, 2, 4]],
    )
    numbers = np.arange(silence + 70)
    beats = np.stack([off.seconds_at(numbers * 480 + offset), numbers % 2 == 0], axis=1)
    beats = np.concatenate([beats, (numbers % 4 == first)[:, None]], axis=1).astype(np.float32)
    beats[first + 12, 2] = 0  # one bar of eight beats among those of four
    moved = on_beats(off, beats)
    by = int(moved.onset[0] - whole.onset[0])
    assert (by + first * 480) % (4 * 480) == 0 and moved.onset[0] >= 0
    assert abs(moved.onset[0] - off.onset[0]) < 4 * 480
    assert np.array_equal(moved.onset - by, whole.onset)
    assert moved.tempos[1, 0] - by == tempos[1][0]
    assert moved.time_signatures[1, 0] - by == meters[1][0]
    assert on_beats(moved, np.zeros((0, 3))) is moved


def test_unsteady_beats_move_nothing():
    piece = Piece.from_notes(np.arange(0, 9600, 480), 240, 60)
    rng = np.random.default_rng(0)
    beats = np.stack([np.sort(rng.random(50) * 10), np.ones(50), np.ones(50)], axis=1)
    assert on_beats(piece, beats) is piece


@pytest.mark.skipif(not (DATA / "POP909.zip").exists(), reason="POP909.zip is not here")
def test_the_real_pop909_stands_on_sixteenths_once_it_is_moved():
    shares, bars = {}, {}
    for align in (False, True):
        corpus = Pop909(DATA / "POP909.zip", Rules(align=align), limit=30)
        found = []
        for id, columns in corpus.examples("train", Crew(0)):
            place = columns["onset"] / (columns["ticks_per_beat"] / 4)
            found.append(np.mean(np.abs(place - np.rint(place)) < 0.15))
            piece, beats = piece_from(columns), corpus.about(id)["beats"]
            at = piece.ticks_at(beats[:, 0] + columns["moved"]) / piece.ticks_per_beat
            if align:  # the annotation follows the notes
                assert np.abs(at - np.rint(at)).max() < 0.1
            bars.setdefault(align, []).append(np.mean((at[beats[:, 2] == 1] + 0.1) % 4 < 0.2))
        shares[align] = np.mean(found)
    assert shares[True] > 0.9 and shares[False] < 0.5
    assert np.mean(bars[True]) > 0.6 and np.mean(bars[False]) < 0.3


@pytest.mark.skipif(not (DATA / "maestro-v3.0.0-midi.zip").exists(), reason="MAESTRO is not here")
def test_the_real_maestro_follows_its_table():
    corpus = Maestro(DATA / "maestro-v3.0.0-midi.zip", limit=40)
    found = ids(corpus)
    assert sum(map(len, found.values())) == 40 and found["train"]
    assert all(corpus.about(id)["composer"] for names in found.values() for id in names)


def test_a_corpus_is_found_by_its_file():
    for name in ("folder", "lakh", "maestro", "pop909"):
        builder = builder_of(name)
        assert builder.name == builder.FILES.name == name
