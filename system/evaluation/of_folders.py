"""Two folders of MIDI, whoever made them, judged by each other."""

import re
from argparse import Namespace
from pathlib import Path, PurePosixPath

import numpy as np
from absl import logging

import config as configs
from errors import UserError
from metrics.infilling import Gap
from metrics.table import Table
from system.evaluation import columns, reading
from system.evaluation.publish import SHOWN, publish
from system.evaluation.reading import Found
from system.evaluation.verdict import Line, Verdict
from system.report.page import Exhibit

FEW = 20  # pieces, with which a Fréchet distance of 37 features is mostly chance
BESIDE = 2  # bars at least that are shown on either side of a gap


def evaluate(args: Namespace, command: str, out: Path) -> Verdict:
    """Judges --samples by --reference and writes what was found to `out`."""
    config = configs.Config()
    sources = [*(args.data_dir or []), *(args.archive or [])]
    samples = reading.read(args.samples, config, sources, args.most)
    reference = reading.read(args.reference, config, sources, args.most)
    training = reading.read(args.training, config, sources, args.most) if args.training else None
    for found in (samples, reference):
        if len(found) < 2:
            raise UserError(f"{found.told}: fewer than two pieces; give more to compare")
    if args.task == "infill":
        return _filling(args, command, out, samples, reference)
    doubts = doubtful(samples, reference)
    tables = Table.of(samples.pieces), Table.of(reference.pieces)
    judged = columns.judge_set(
        *tables, training and Table.of(training.pieces), None, args.resamples, args.seed
    )
    exhibit = Exhibit(
        _some(samples),
        _some(reference),
        tables,
        (samples.names, (training or reference).names),
        judged.novelty,
    )
    about = {"samples": samples.told, "reference": reference.told}
    about["training"] = (training or reference).told
    facts = [*_facts(samples, reference, args), *doubts]
    title = f"{_short(samples)} judged by {_short(reference)}"
    extra = [valid_files(samples, args)]
    return publish(args, command, out, title, facts, about, judged, extra, exhibit)


def _filling(args: Namespace, command: str, out: Path, filled: Found, originals: Found) -> Verdict:
    pairs = paired(filled.names, originals.names)
    if len(pairs) < 2:
        raise UserError(
            f"{filled.told}: fewer than two files bear the name of one in {originals.told}; "
            "a filling of song.mid is song.mid or song 1.mid"
        )
    samples = _chosen(filled, [one for one, _ in pairs])
    reference = _chosen(originals, [other for _, other in pairs])
    return judge_pairs(args, command, out, samples, reference, {}, [valid_files(filled, args)])


def judge_pairs(
    args: Namespace,
    command: str,
    out: Path,
    samples: Found,
    reference: Found,
    about: dict,
    extra: list[Line],
    untrained: Table | None = None,
) -> Verdict:
    """Judges fillings by the originals that stand at the same places, and writes it to `out`."""
    tables = Table.of(reference.pieces), Table.of(samples.pieces)
    judged = columns.judge_fillings(*tables, untrained, args.bars, args.resamples, args.seed)
    exhibit = gaps_shown(samples, reference, tables, args.bars)
    about = {"samples": samples.told, "reference": reference.told, **about}
    first, last = args.bars
    facts = [f"bars {first} to {last - 1}, the first being 0", *_facts(samples, reference, args)]
    title = f"{_short(samples)} as fillings of {_short(reference)}"
    return publish(args, command, out, title, facts, about, judged, extra, exhibit)


def doubtful(samples: Found, reference: Found) -> list[str]:
    """What makes the figures say less than they seem to; warns of it as well."""
    doubts = []
    if samples.told == reference.told:
        doubts.append(f"{samples.told}: judged by itself; nothing can differ")
    for found in (samples, reference):
        if len(found) < FEW:
            doubts.append(f"{found.told}: few pieces ({len(found)}), wide intervals")
    for doubt in doubts:
        logging.warning("%s", doubt)
    return list(dict.fromkeys(doubts))


def gaps_shown(
    samples: Found, reference: Found, tables: tuple[Table, Table], bars: tuple[int, int]
) -> Exhibit:
    """What the page shows of fillings: the notes in the gaps, and the bars around some of them."""
    gap = Gap.of(tables[0], *bars)
    inside = tuple(table.keep(gap.holds(table)) for table in tables[::-1])
    beside = max(bars[1] - bars[0], BESIDE)
    shown: dict[str, list] = {"samples": [], "data": [], "gaps": []}
    for number, original in enumerate(reference.pieces[:SHOWN]):
        lines = np.append(original.bars(), original.length_ticks) / original.ticks_per_beat
        start, stop = lines[np.clip((bars[0] - beside, bars[1] + beside), 0, len(lines) - 1)]
        for kind, found in (("samples", samples), ("data", reference)):
            piece = found.pieces[number]
            cut = piece.between(*np.rint(piece.ticks_at_beats((start, stop))).astype(int))
            shown[kind].append((found.names[number], cut))
        shown["gaps"].append((gap.begin[number] - start, gap.end[number] - start))
    return Exhibit(**shown, tables=inside, names=(samples.names, []))


def paired(filled: list[str], originals: list[str]) -> list[tuple[int, int]]:
    """Places of each filling and of its original: "song.mid" or "song 2.mid" fills "song.mid"."""
    known = {_stem(name): place for place, name in enumerate(originals)}
    pairs = []
    for place, name in enumerate(filled):
        stem = _stem(name)
        plain = stem if stem in known else re.sub(r" \d+$", "", stem)
        if plain in known:
            pairs.append((place, known[plain]))
    return pairs


def valid_files(found: Found, args: Namespace) -> Line:
    """Share of the files that could be read and hold notes."""
    valid = np.arange(found.files) < len(found)
    return columns.share_line("valid files", "share", 1.0, valid, args.resamples, args.seed)


def _facts(samples: Found, reference: Found, args: Namespace) -> list[str]:
    return [
        f"{len(samples)} samples",
        f"{len(reference)} pieces of data",
        f"seed {args.seed}",
        f"{args.resamples} resamples",
    ]


def _some(found: Found) -> list:
    return list(zip(found.names[:SHOWN], found.pieces[:SHOWN], strict=True))


def _short(found: Found) -> str:
    """The last two names of where pieces come from: enough to know it by."""
    return "/".join(PurePosixPath(found.told).parts[-2:])


def _chosen(found: Found, places: list[int]) -> Found:
    names, pieces = ([items[place] for place in places] for items in (found.names, found.pieces))
    return Found(found.told, names, pieces, found.files)


def _stem(name: str) -> str:
    return PurePosixPath(name).stem
