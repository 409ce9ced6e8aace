"""What each sampler makes of trained rolls: python -m benchmarks.roll_samplers --windows DIR

Draws from the shipped weights (`--weights`) or a run (`--run`) with each sampler and judges what
comes against held-out windows: its density, and how far its polyphony, pitch classes and durations
are from theirs. The published rule is there to compare with: it starts at ten times the density of
its noise and steps with the beta of the time that it leaves, so that some noise is left at the end.
`--draw "ancestral 50 0.1" ...` takes other samplers, steps and lifts than those below.
"""

import dataclasses
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

TOO_DENSE = 10
SETTINGS = (
    "published 100",
    "xor 100",
    "xor 25",
    "ancestral 100",
    "ancestral 50",
    "ancestral 25",
    "ancestral 20",
    "ancestral 15",
)


def main():
    from benchmarks.roll_judge import figures, flags, heading, held_out, row

    parser = flags(__doc__)
    parser.add_argument("--draw", nargs="*", default=SETTINGS, help="sampler, steps and lift")
    args = parser.parse_args()
    from benchmarks.machine import told
    from datasets.windows import Windows
    from system import generate, load

    print(told(), flush=True)
    system, _ = load.trained(None, args.run, None if args.run else Path(args.weights))
    system = dataclasses.replace(system, process=with_published_rule(system))
    music = system.representation
    real = held_out(music, Windows.open(args.windows).held_out, 2 * args.n)
    print(heading("seconds"), flush=True)
    print(row("held out, half by half", *figures(music, real[::2], real[1::2])), flush=True)
    own = system.config.process.lift
    for words in args.draw:
        sampler, steps, *lift = words.split()
        system.process.lift = float(lift[0]) if lift else own
        settings = generate.settings_with(
            system.config.sampling, sampler=sampler, steps=int(steps), batch_size=8
        )
        began = time.perf_counter()
        drawn = generate.sampler(system, settings).sample(args.n, 0, progress=False)
        seconds = time.perf_counter() - began
        print(row(words, *figures(music, drawn, real), seconds), flush=True)


def with_published_rule(system):
    """The system's process, with MusicDiffGen's own way to draw among its samplers."""
    from keras import ops

    from diffusion.binomial import Binomial

    def published(process, x, before, times, prediction, noise):
        t_before, t_from, _ = times
        # All that the first step does is to keep the noise it is given, since beta is 1 there.
        thick = ops.cast(noise < TOO_DENSE * process.ratio, x.dtype)
        first = ops.where(t_before == t_from, thick, before)
        clean = ops.cast(process.probability(x, t_from, prediction) > 0.5, x.dtype)
        return ops.where(noise < process._at(t_from, x), first, clean), first

    published.draws = True

    class WithPublished(Binomial):
        @property
        def samplers(self):
            return {**super().samplers, "published": published}

    settings = dataclasses.asdict(system.config.process)
    settings.pop("kind")
    return WithPublished(**settings, statistics=system.representation.statistics)


if __name__ == "__main__":
    main()
