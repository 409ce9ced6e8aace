"""Learning happens: a tiny model on the demo corpus, for about a minute."""

import numpy as np
import pytest

from config import resolve
from datasets.demo import Demo
from datasets.stream import Stream
from datasets.windows import prepare
from metrics import likeness
from system import fit, generate
from system.averaging import averaged
from system.build import build, representation

STEPS = 240
CHANGES = {
    "training.batch_size": 16,
    "training.steps": STEPS,
    "training.learning_rate": 3e-3,
    "training.schedule": "cosine",
    "training.warmup": 30,
    "training.ema": 0.98,
    "sampling.steps": 25,
}


@pytest.mark.slow
def test_a_tiny_model_learns_the_rhythm_of_the_demo_corpus(tmp_path):
    config = resolve("notes", "tiny", "demo", CHANGES)
    windows = prepare(Demo(300), representation(config), tmp_path, "demo")
    system = build(config, windows.statistics)
    process = system.process
    held_out = [
        system.representation.decode(window)
        for window in system.representation.scale(windows.test[:32])
    ]

    def distance():
        drawn = generate.draw(system, config.sampling, 16, seed=0)
        rhythm = likeness.delta_divergence(drawn, held_out)
        return rhythm + likeness.duration_divergence(drawn, held_out)

    untrained = distance()
    model = fit.compiled(system, "float32")
    stream = Stream(windows.train, system.representation, process.times, process.noise, 16)
    losses = model.fit(
        stream.dataset(0, STEPS), epochs=4, steps_per_epoch=STEPS // 4, shuffle=False, verbose=0
    ).history["loss"]
    # Independent notes would leave a loss of 1: what is below it is what notes tell of each other.
    assert losses[-1] < 0.75
    assert all(np.diff(losses) < 0)
    with averaged(model):
        assert distance() < 0.25 * untrained
