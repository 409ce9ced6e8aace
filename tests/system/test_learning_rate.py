"""The learning rate, step by step."""

import pytest

from config import resolve
from system.learning_rate import LearningRate


def rates(count: int, size: str = "base", **changes) -> list[float]:
    fields = {f"training.{name}": value for name, value in changes.items()}
    rate = LearningRate(resolve("notes", size, "demo", fields).training)
    return [float(rate(step)) for step in range(count)]


def test_the_published_rate_drops_once():
    rate = LearningRate(resolve("notes", "base", "demo", {}).training)
    expected = {0: 1e-4, 149_999: 1e-4, 150_000: 1e-6, 199_999: 1e-6}
    assert {step: float(rate(step)) for step in expected} == pytest.approx(expected)


def test_it_rises_before_it_drops():
    found = rates(8, learning_rate=1.0, final_learning_rate=0.1, warmup=4, drop_at=6)
    assert found == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 0.1, 0.1])


def test_it_glides_to_the_end_however_short_the_run():
    """A warmup made for a long run takes no more than a quarter of a short one."""
    found = rates(
        42, learning_rate=1.0, final_learning_rate=0.1, warmup=100, schedule="cosine", steps=40
    )
    assert found[0] == pytest.approx(0.1) and found[10] == pytest.approx(1)
    assert found[25] == pytest.approx(0.55) and found[40] == found[41] == pytest.approx(0.1)
    assert sorted(found[10:], reverse=True) == found[10:]


@pytest.mark.parametrize("size", ["tiny", "base"])
def test_where_a_run_stops_does_not_change_the_steps_before(size):
    assert rates(200, size, steps=100) == rates(200, size, steps=200_000)
