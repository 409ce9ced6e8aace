"""What is counted of a corpus, against counting note by note; and the table and the picture."""

import numpy as np

from datasets import portrait_picture
from datasets.crew import Crew
from datasets.folder import Folder, FolderBuilder
from datasets.portrait import BINS, FILE, as_json, counts_of, polyphony, portrait_of, total
from datasets.shards import Built
from music import Piece
from tests.datasets.material import lay, song


def random(seed: int, notes: int) -> Piece:
    rng = np.random.default_rng(seed)
    return Piece.from_notes(
        rng.integers(0, 4000, notes),
        rng.integers(1, 6000, notes),
        rng.integers(0, 128, notes),
        rng.integers(1, 128, notes),
        ticks_per_beat=int(rng.choice([24, 96, 480])),
    )


def test_polyphony_is_what_sounds_at_an_onset():
    for seed in range(20):
        piece = random(seed, 50)
        sounding = [int(((piece.onset <= t) & (piece.ends > t)).sum()) for t in piece.onset]
        assert polyphony(piece).tolist() == sounding


def test_every_histogram_counts_every_note_or_piece():
    pieces = [random(seed, 30 + seed) for seed in range(10)]
    portrait = as_json(total(pieces))
    notes = sum(map(len, pieces))
    assert portrait["pieces"] == 10 and portrait["notes"] == notes
    seconds = sum(piece.duration_seconds for piece in pieces)
    assert abs(portrait["hours"] * 3600 - seconds) < 0.01
    for name, counts in portrait["histograms"].items():
        assert len(counts) == BINS[name]
        assert sum(counts) == (10 if name in ("notes", "minutes") else notes)
    pitches = np.bincount(np.concatenate([piece.pitch for piece in pieces]), minlength=128)
    assert portrait["histograms"]["pitch"] == pitches.tolist()


def test_places_and_durations_fall_into_their_bins():
    # Onsets on the beat, a quarter, a third and just before the next beat, which is that beat.
    piece = Piece.from_notes([0, 120, 160, 479], [480, 40, 160, 100_000], 60, ticks_per_beat=480)
    histograms = as_json(counts_of(piece))["histograms"]
    assert [i for i, n in enumerate(histograms["position"]) for _ in range(n)] == [0, 0, 6, 8]
    assert [i for i, n in enumerate(histograms["duration"]) for _ in range(n)] == [1, 4, 12, 96]


def test_a_crew_counts_the_same_and_once(tmp_path, monkeypatch):
    root = lay(tmp_path / "there", {f"{i}.mid": song(i, 20) for i in range(150)})
    splits = ("train", "validation", "test")
    alone = portrait_of(Folder(root), splits, Crew(0))
    with Crew(2) as crew:
        corpus = Built(FolderBuilder, Folder(root), tmp_path / "c", crew)
        assert portrait_of(corpus, splits, crew) == alone
    assert (corpus.path / FILE).is_file()
    monkeypatch.setattr(Crew, "map", None)
    assert portrait_of(corpus, splits, crew) == alone


def test_the_picture_is_a_picture(tmp_path):
    for name, pieces in {"some": [random(0, 40)], "none": []}.items():
        portrait_picture.draw(as_json(total(pieces)), tmp_path / f"{name}.png", "$a_b$")
        content = (tmp_path / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG") and len(content) > 10_000
