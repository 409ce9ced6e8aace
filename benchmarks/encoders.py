"""How many files a second a core encodes: python -m benchmarks.encoders --archive POP909.zip

Beside MidiTok's Octuple, which holds the same notes (its grid as fine, no bar limit that cuts
them off), in the same run on the same files. Processor time, the best of a few passes.
"""

import argparse
import time
import warnings
import zipfile

from symusic import Score

from music import midi
from representations.grid import Grid
from representations.octuple import Octuple

STEPS_PER_BEAT = 12
BARS = 4096


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", required=True, help="a zip of MIDI files")
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--arrangement", default="named", choices=("melody", "trio", "named"))
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--miditok_files", type=int, default=40)
    args = parser.parse_args()
    files = _files(args.archive, args.files)
    some = files[:: max(1, len(files) // args.miditok_files)]
    from benchmarks.machine import told

    print(told(), flush=True)
    pieces = [midi.read(file) for file in files]
    grid = Grid(arrangement=args.arrangement, signatures=("4/4", "2/4", "1/4"))
    octuple = Octuple(arrangement=args.arrangement, steps_per_beat=STEPS_PER_BEAT)
    tokenizer = _miditok()
    scores = [Score.from_midi(file) for file in some]
    print(f"{'files a second':24}{'parsed already':>16}{'with parsing':>16}{'ratio':>8}{'':>4}")
    theirs = None
    for name, encode, parse, parsed, on, passes in (
        ("MidiTok's Octuple", tokenizer.encode, Score.from_midi, scores, some, 1),
        ("octuple", octuple.encode, midi.read, pieces, files, args.passes),
        ("grid", grid.encode, midi.read, pieces, files, args.passes),
    ):
        alone = _rate(encode, parsed, passes)
        whole = _rate(lambda file, p=parse, e=encode: e(p(file)), on, passes)
        theirs = theirs or (alone, whole)
        ratios = f"{alone / theirs[0]:8.0f}{whole / theirs[1]:6.0f}"
        print(f"{name:24}{alone:16.0f}{whole:16.0f}{ratios}", flush=True)


def _files(archive: str, count: int) -> list[bytes]:
    with zipfile.ZipFile(archive) as opened:
        names = sorted(n for n in opened.namelist() if n.endswith((".mid", ".midi")))
        return [opened.read(name) for name in names[:: max(1, len(names) // count)]]


def _rate(work, on: list, passes: int) -> float:
    """Calls of `work` a second of processor time, in the best of some passes."""
    work(on[0])
    best = float("inf")
    for _ in range(passes):
        began = time.process_time()
        for item in on:
            work(item)
        best = min(best, time.process_time() - began)
    return len(on) / best


def _miditok():
    import miditok

    warnings.filterwarnings("ignore", module="miditok")
    config = miditok.TokenizerConfig(
        pitch_range=(0, 127),
        beat_res={(0, 64): STEPS_PER_BEAT},
        use_programs=True,
        use_tempos=True,
        use_time_signatures=True,
        max_bar_embedding=BARS,
    )
    return miditok.Octuple(config)


if __name__ == "__main__":
    main()
