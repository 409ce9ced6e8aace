"""The demo corpus as a corpus: determinism, splits, growth, names."""

import hashlib
from itertools import islice

import numpy as np
import pytest

from datasets.demo import Demo, compose, facts
from datasets.demo.chance import Dice
from errors import UserError

COLUMNS = ("onset", "duration", "pitch", "velocity", "track")
# Changes with every change to what is composed; raise VERSION in datasets/demo when it does.
FIRST_SONGS = "84a3c0eb9bec47f9"


def digest(piece) -> str:
    table = np.stack([getattr(piece, name).astype("<i8") for name in COLUMNS])
    return hashlib.sha256(table.tobytes() + piece.tempos.astype("<i8").tobytes()).hexdigest()


def test_the_first_songs_are_the_same_everywhere():
    songs = [compose((0, split, number)) for split in range(3) for number in range(3)]
    together = "".join(digest(song) for song in songs)
    assert hashlib.sha256(together.encode()).hexdigest()[:16] == FIRST_SONGS


def test_composing_has_no_memory():
    alone = digest(compose(7))
    for seed in range(20):
        compose(seed)
    assert digest(compose(7)) == alone


def test_facts_are_those_of_the_song_composed():
    for seed in range(20):
        piece, truth = compose(seed), facts(seed)
        assert piece.tempos.tolist() == [[0, 60_000_000 // truth.tempo]]
        assert piece.length_ticks == truth.bars * 4 * piece.ticks_per_beat


def test_growing_keeps_the_first_songs_in_their_splits():
    small, large = Demo(songs=23, seed=3), Demo(songs=57, seed=3)
    for split in ("train", "validation", "test"):
        few, many = small.ids(split), large.ids(split)
        assert few and many[: len(few)] == few
        for (name, piece), (other, again) in zip(
            small.pieces(split), islice(large.pieces(split), len(few)), strict=True
        ):
            assert name == other and digest(piece) == digest(again)


@pytest.mark.parametrize("songs", [0, 1, 3, 10, 11, 100, 1234])
def test_every_song_is_in_one_split(songs):
    counts = {split: len(Demo(songs).ids(split)) for split in ("train", "validation", "test")}
    assert sum(counts.values()) == songs
    if songs % 10 == 0:
        assert list(counts.values()) == [songs * 8 // 10, songs // 10, songs // 10]


def test_no_two_of_a_thousand_songs_are_the_same():
    corpus = Demo(songs=1000)
    seen = {
        digest(piece)
        for split in ("train", "validation", "test")
        for _, piece in corpus.pieces(split)
    }
    assert len(seen) == 1000


def test_another_seed_gives_other_songs():
    first, second = (next(iter(Demo(seed=seed).pieces("train"))) for seed in (0, 1))
    assert first[0] == second[0] and digest(first[1]) != digest(second[1])


def test_fingerprints_tell_corpora_apart():
    corpora = [Demo(10, 0), Demo(11, 0), Demo(10, 1)]
    assert len({corpus.fingerprint() for corpus in corpora}) == 3
    assert Demo(10, 0).fingerprint() == corpora[0].fingerprint()


def test_an_unknown_split_is_named():
    with pytest.raises(UserError, match="'dev'.*train, validation, test"):
        Demo().ids("dev")


def test_dice_are_even_and_go_on_past_their_first_words():
    dice = Dice(1)
    counts = np.bincount([dice.below(6) for _ in range(6000)], minlength=6)
    assert (abs(counts - 1000) < 150).all()
    assert Dice((1, 0)).below(2**40) != Dice((1, 1)).below(2**40)
