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

STEPS = 300
CHANGES = {
    "training.steps": STEPS,
    "training.warmup": 30,
    "training.ema": 0.97,
    "sampling.steps": 25,
}


@pytest.mark.slow
def test_a_tiny_model_learns_the_rhythm_and_the_keys_of_the_demo_corpus(tmp_path):
    config = resolve("notes", "tiny", "demo", CHANGES)
    windows = prepare(Demo(300), representation(config), tmp_path, "demo")
    system = build(config, windows.statistics)
    process = system.process
    held_out = [
        system.representation.decode(window)
        for window in system.representation.scale(windows.test[:32])
    ]

    def judged():
        """How far the rhythm is from the corpus', the share of notes in scale, their variety."""
        drawn = generate.draw(system, config.sampling, 16, seed=0)
        rhythm = likeness.delta_divergence(drawn, held_out)
        rhythm += likeness.duration_divergence(drawn, held_out)
        variety = np.mean([len(np.unique(piece.pitch)) for piece in drawn])
        return rhythm, likeness.in_scale(drawn), variety

    rhythm, *_ = judged()
    model = fit.compiled(system, "float32")
    stream = Stream(windows.train, system.representation, process.times, process.noise, 16)
    losses = model.fit(
        stream.dataset(0, STEPS), epochs=3, steps_per_epoch=STEPS // 3, shuffle=False, verbose=0
    ).history["loss"]
    assert all(np.diff(losses) < 0)
    with averaged(model):
        rhythm_learned, in_scale, variety = judged()
    assert rhythm_learned < 0.25 * rhythm
    # Many pitches by chance lie in their best scale at 0.6 to 0.67; a few alike always do.
    assert variety > 12 and in_scale > 0.75
