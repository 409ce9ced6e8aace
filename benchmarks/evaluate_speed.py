"""How fast sets of pieces are judged: python -m benchmarks.evaluate_speed [--archive ZIP/FOLDER]

Each step is timed on one thread, on so many made-up trios of 64 bars (melody, bass, drums), or on
the MIDI files given, dealt into two sets. Beside the table stands the same similarity of bars by a
loop over pairs of bars, the plain way to write it, on a few of the pieces.
"""

import argparse
import os
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

BARS, LOOPED = 64, 10


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=1000, help="pieces in each set")
    parser.add_argument("--archive", help="a folder of MIDI or a zip, or a folder in it")
    args = parser.parse_args()
    from benchmarks.machine import told

    print(told(), flush=True)
    files, others = _files(args)
    print(f"{len(files)} files against {len(others)}", flush=True)
    clock = Clock()
    _judged(clock, files, others)
    print(f"{'in all':42}{clock.total:8.2f} s, {clock.used:.2f} s of the processor", flush=True)


class Clock:
    """Prints how long each step took, by the wall and by the processor."""

    def __init__(self):
        self.total = self.used = 0.0

    def __call__(self, what, work):
        began, used = time.perf_counter(), time.process_time()
        found = work()
        took, used = time.perf_counter() - began, time.process_time() - used
        self.total += took
        self.used += used
        print(f"{what:42}{took:8.2f} s", flush=True)
        return found


def _judged(clock, files, others):
    import numpy as np

    from metrics import floors
    from metrics.judge import judge, judge_novelty, measures
    from metrics.table import Table
    from music import midi

    asked = measures()
    pieces = clock("reading", lambda: [[midi.read(f) for f in fs] for fs in (files, others)])
    tables = clock("one table of notes each", lambda: [Table.of(ps) for ps in pieces])
    print(f"{'':4}{sum(map(len, tables)):,} notes")
    clock(f"{len(asked)} measures, 200 resamples", lambda: judge(*tables, asked))
    clock("novelty", lambda: judge_novelty(*tables))
    halves = [tables[1].take(half) for half in floors.halves(tables[1].pieces)]
    clock("the data in halves", lambda: (judge(*halves, asked), judge_novelty(*halves)))
    chance = np.random.default_rng(0)
    uniform = chance.random(len(tables[1].bar_start)), chance.random((len(tables[1]), 3))
    clock(
        "the data with bars shuffled",
        lambda: judge(floors.shuffled_bars(tables[1], uniform[0]), tables[1], asked),
    )
    clock("noise", lambda: judge(floors.random_notes(tables[1], uniform[1]), tables[1], asked))
    _compare(tables[0])


def _compare(table):
    """The same figure by sets and loops, as it is usually written."""
    import numpy as np

    from metrics import repetition

    few = table.take(np.arange(min(LOOPED, table.pieces)))
    few.known.clear()  # or what was worked out before would be found
    began = time.perf_counter()
    fast = repetition.bar_similarity(few)
    ours = time.perf_counter() - began
    began = time.perf_counter()
    looped = [_by_loops(few.take(np.array([n]))) for n in range(few.pieces)]
    theirs = time.perf_counter() - began
    assert np.allclose(fast, looped, equal_nan=True)
    print(f"bar similarity: {theirs / ours:.0f} times as fast as by a loop over pairs of bars")


def _by_loops(piece) -> float:
    bars: dict[int, set] = {}
    rows = zip(piece.step_bar, piece.track, piece.pitch, piece.step, strict=True)
    for bar, *note in rows:
        bars.setdefault(int(bar), set()).add(tuple(map(int, note)))
    sets = list(bars.values())
    alike = [
        2 * len(one & other) / (len(one) + len(other))
        for n, one in enumerate(sets)
        for other in sets[:n]
    ]
    return sum(alike) / len(alike) if alike else float("nan")


def _files(args) -> tuple[list[bytes], list[bytes]]:
    from music import midi

    if args.archive:
        from pathlib import Path

        from system.evaluation.reading import of_folder

        found = [midi.to_bytes(p) for p in of_folder(Path(args.archive), 2 * args.n).pieces]
        return found[::2], found[1::2]
    made = [midi.to_bytes(_trio(seed)) for seed in range(2 * args.n)]
    return made[::2], made[1::2]


def _trio(seed: int):
    """Melody, bass and drums of 64 bars, of about as many notes as a trio of Lakh."""
    import numpy as np

    from music import Piece

    rng = np.random.default_rng(seed)
    tracks = []
    for track, (notes, low, high) in enumerate(((4, 60, 84), (6, 36, 50), (12, 35, 47))):
        place = np.sort(rng.permuted(np.tile(np.arange(16), (BARS, 1)), axis=1)[:, :notes], axis=1)
        onset = (place + 16 * np.arange(BARS)[:, None]).ravel() * 120
        tracks.append((onset, rng.integers(low, high, onset.size), np.full(onset.size, track)))
    onset, pitch, track = (np.concatenate(column) for column in zip(*tracks, strict=True))
    return Piece.from_notes(
        *(onset, 120, pitch),
        track=track,
        is_drum=track == 2,
        track_names=("melody", "bass", "drums"),
    )


if __name__ == "__main__":
    main()
