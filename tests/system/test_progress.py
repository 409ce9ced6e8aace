import csv
import io

import keras
import numpy as np
import pytest

from system.progress import Progress, StepsInFile


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def told_at(seconds, stream, caplog, stops_at=None):
    """What is told of a run from step 100 to 110 whose steps end at the given times."""
    times = iter([0.0, *seconds])
    with Progress(100, 110, stream, clock=lambda: next(times)) as progress:
        for number in range(len(seconds) - 1):
            progress.on_train_batch_end(number, {"loss": number / 4, "loss_band_1": 9.0})
        progress.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.25, "gradient_norm": 3.0})
    return [record.getMessage() for record in caplog.records]


def test_a_log_has_a_line_a_minute_and_one_a_checkpoint(caplog):
    caplog.set_level("INFO", logger="absl")
    stream = io.StringIO()
    assert told_at([7.5, 20.0, 67.4, 67.6, 130.0, 131.0], stream, caplog) == [
        "step 101 of 110: first step after 7.5 s, most of it compiling",
        "step 104 of 110: loss 0.75",
        "step 105 of 110: loss 1",
        "step 105 of 110: loss 0.5, held out 0.25, gradient 3",
    ]
    assert stream.getvalue() == ""


def test_a_terminal_has_a_bar_that_ends_where_the_run_does(caplog):
    """A run that was stopped early must not look as if it were complete."""
    caplog.set_level("INFO", logger="absl")
    stream = Terminal()
    lines = told_at([1.0, 200.0, 400.0, 500.0], stream, caplog)
    assert len(lines) == 2  # nothing by the minute
    drawn = stream.getvalue()
    assert "103/110" in drawn and "110/110" not in drawn and "loss 0.5" in drawn


@pytest.mark.parametrize("start", [0, 40])
def test_the_file_counts_steps_from_the_beginning_of_the_run(tmp_path, start):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)  # builds the optimizer
    model.optimizer.iterations.assign(start)
    log = StepsInFile(str(tmp_path / "log.csv"))
    model.fit(
        np.ones((12, 2)), np.ones((12, 1)), batch_size=4, epochs=2, verbose=0, callbacks=[log]
    )
    rows = list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert [int(row["step"]) for row in rows] == [start + 3, start + 6]
