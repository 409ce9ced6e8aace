"""Training on two devices is training on one, with the batch shared."""

import csv

import numpy as np
import pytest

from errors import UserError
from system.devices import check_share
from tests.system.runs import TOKENS, checkpoint, drive

STEPS = ["--model=trio", *TOKENS, "--set=training.clip_norm=0.5"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """`one`: six steps on one device; `two`: on two, stopped and resumed."""
    folder = tmp_path_factory.mktemp("devices")
    drive(
        folder,
        ["@3", "train.py", *STEPS, "--devices=2", "--run_dir=two"],
        ["train.py", "--resume", "--devices=2", "--run_dir=two"],
    )
    drive(folder, ["train.py", *STEPS, "--run_dir=one"])
    return folder


def test_the_weights_are_those_of_one_device(runs):
    one, two = checkpoint(runs / "one"), checkpoint(runs / "two")
    assert one.keys() == two.keys()
    for place in one:
        if place.startswith("layers"):
            assert np.allclose(one[place], two[place], rtol=1e-4, atol=1e-5), place


def test_so_are_the_loss_and_the_norm_of_the_gradient(runs):
    """Summed instead of averaged, or taken of one device's share, the norm would differ."""
    logs = [(runs / name / "log.csv").read_text().splitlines() for name in ("one", "two")]
    rows = [list(csv.DictReader(lines)) for lines in logs]
    for one, two in zip(*rows, strict=True):
        for figure in ("loss", "val_loss", "gradient_norm"):
            assert float(two[figure]) == pytest.approx(float(one[figure]), rel=1e-4), figure


def test_a_batch_that_cannot_be_shared_alike_is_refused():
    check_share(8, 4)
    with pytest.raises(UserError, match="multiple of 3"):
        check_share(8, 3)
