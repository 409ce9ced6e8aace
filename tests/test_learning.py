"""Learning happens: tiny models on the demo corpus, for about a minute each."""

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

STEPS = 280
CHANGES = {
    "training.batch_size": 16,
    "training.steps": STEPS,
    "training.learning_rate": 3e-3,
    "training.schedule": "cosine",
    "training.warmup": 30,
    "training.ema": 0.97,
    "sampling.steps": 25,
}


def begun(model, folder):
    """A tiny system with fresh weights, and the windows that it is to learn."""
    config = resolve(model, "tiny", "demo", CHANGES)
    windows = prepare(Demo(300), representation(config), folder, "demo")
    return build(config, windows.statistics), windows


def trained(system, windows):
    """The model after STEPS steps, and its loss in each quarter of them."""
    process = system.process
    model = fit.compiled(system, "float32")
    stream = Stream(windows.train, system.representation, process.times, process.noise, 16)
    history = model.fit(
        stream.dataset(0, STEPS), epochs=4, steps_per_epoch=STEPS // 4, shuffle=False, verbose=0
    )
    return model, history.history["loss"]


@pytest.mark.slow
def test_a_tiny_model_learns_the_rhythm_and_the_keys_of_the_demo_corpus(tmp_path):
    system, windows = begun("notes", tmp_path)
    held_out = [
        system.representation.decode(window)
        for window in system.representation.scale(windows.test[:32])
    ]
    drawer = generate.sampler(system, system.config.sampling)

    def judged():
        """How far the rhythm is from the corpus', the share of notes in scale, their variety."""
        drawn = generate.draw(system, system.config.sampling, 16, seed=0, drawer=drawer)
        rhythm = likeness.delta_divergence(drawn, held_out)
        rhythm += likeness.duration_divergence(drawn, held_out)
        variety = np.mean([len(np.unique(piece.pitch)) for piece in drawn])
        return rhythm, likeness.in_scale(drawn), variety

    rhythm, *_ = judged()
    model, losses = trained(system, windows)
    assert all(np.diff(losses) < 0)
    with averaged(model):
        rhythm_learned, in_scale, variety = judged()
    assert rhythm_learned < 0.25 * rhythm
    # Many pitches by chance lie in their best scale at 0.6 to 0.67; a few alike always do.
    assert variety > 12 and in_scale > 0.75


@pytest.mark.slow
def test_a_tiny_model_learns_keys_and_density_from_rolls_of_the_demo_corpus(tmp_path):
    system, windows = begun("roll", tmp_path)
    model, losses = trained(system, windows)
    assert losses[-1] < 0.75 * losses[0]
    with averaged(model):
        rolls = generate.sampler(system, system.config.sampling).sample(8, 0, progress=False)
    # Notes drawn without regard to one another would lie in the best scale by about two thirds.
    assert likeness.in_scale(system.representation.decode(roll) for roll in rolls) > 0.85
    assert rolls.mean() == pytest.approx(windows.statistics["density"][0], rel=0.3)
