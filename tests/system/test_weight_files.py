"""Weights files: what is written comes back, and what does not fit is refused by name."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from config import Config
from errors import UserError
from system import load, weights

CARD = {
    "config": dataclasses.asdict(Config()),
    "statistics": {"mean": [0.5]},
    "training": {"steps": 1},
    "data": "nothing",
}


def network(width=3):
    inside = [keras.layers.Dense(width, name="first"), keras.layers.Dense(2, name="second")]
    made = keras.Sequential(inside, name="net")
    made.build((None, 4))
    return made


@pytest.fixture
def saved(tmp_path):
    """(network, path of its saved weights)"""
    made = network()
    weights.save(made, tmp_path / "mine", CARD)
    return made, tmp_path / "mine.npz"


def test_what_is_saved_comes_back_in_half_precision(saved):
    made, path = saved
    card = weights.Card.open(path)
    assert card.config == Config() and card.statistics == CARD["statistics"]
    other = network()
    weights.assign(other, card.arrays(), path)
    for kept, given in zip(made.variables, other.variables, strict=True):
        assert np.array_equal(np.asarray(kept).astype("float16"), np.asarray(given))


def test_a_flipped_bit_is_refused(saved):
    _, path = saved
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="sha256 is .* damaged"):
        weights.Card.open(path).arrays()


def test_another_structure_is_refused_by_name(saved):
    _, path = saved
    arrays = weights.Card.open(path).arrays()
    with pytest.raises(UserError, match=r"first/kernel is \(4, 3\), the network has \(4, 5\)"):
        weights.assign(network(width=5), arrays, path)
    arrays["third/kernel"] = arrays.pop("second/kernel")
    with pytest.raises(UserError, match="second/kernel is missing; third/kernel is not in"):
        weights.assign(network(), arrays, path)


@pytest.mark.parametrize("gone", sorted(weights.NEEDED))
def test_a_card_that_lacks_something_is_refused(saved, gone):
    _, path = saved
    card = json.loads(path.with_suffix(".json").read_text())
    del card[gone]
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(UserError, match=f"lacks {gone}"):
        weights.Card.open(path)


def test_weights_of_another_model_than_the_one_named_are_refused(saved):
    _, path = saved
    with pytest.raises(UserError, match="--model roll: .*mine.npz is of the model notes"):
        load.source("roll", file=path)
    for named in ("notes", None):
        assert load.source(named, file=path).config.model == "notes"


def test_missing_weights_say_what_there_is(tmp_path):
    with pytest.raises(UserError, match="none are shipped .*; shipped are"):
        weights.Card.open("nonsense")
    with pytest.raises(UserError, match="no such weights"):
        weights.Card.open(tmp_path / "none.npz")


def test_nothing_is_left_of_a_save_that_failed(tmp_path, monkeypatch):
    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        weights.save(network(), tmp_path / "mine", CARD)
    assert not list(tmp_path.iterdir())
