"""Thousands of mutated files: whatever the parser makes of them, the run goes on and the count
is right. OSTINATO_FUZZ says how many (300)."""

import os
import random
import struct
import zipfile

import pytest

from datasets.columns import piece_from
from datasets.crew import Crew
from datasets.folder import Folder
from datasets.midi_files import SPLITS
from tests.datasets.material import DATA, pack, roll_up, song

COUNT = int(os.environ.get("OSTINATO_FUZZ", "300"))
EDGES = (0, 1, 0x7F, 0x80, 0xFF)


def seeds() -> list[bytes]:
    """Real files where they are at hand, and made ones."""
    found = [song(i, 30 + 40 * i) for i in range(6)]
    for name in ("POP909.zip", "lakh_64bars.zip"):
        if (DATA / name).exists():
            with zipfile.ZipFile(DATA / name) as archive:
                names = [n for n in archive.namelist() if n.endswith(".mid")][::97]
                found += [archive.read(n) for n in names[:8]]
    return found


def mutated(content: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A file with one to eight wounds of the kinds that disks, networks and programs inflict."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(9):
            case 0:
                data[at : at + 1] = bytes([data[at] ^ 1 << rng.randrange(8)]) if data[at:] else b""
            case 1:
                data[at : at + 1] = bytes([rng.choice(EDGES)])
            case 2:
                del data[at:]
            case 3:
                del data[at : at + rng.randrange(1, 64)]
            case 4:
                data[at:at] = rng.randbytes(rng.randrange(1, 64))
            case 5:
                data[at : at + 4] = struct.pack(">I", rng.choice((0, 2**31 - 1, 2**32 - 1)))
            case 6:
                piece = data[at : at + 200]
                data[at:at] = piece * rng.randrange(1, 5)
            case 7:
                other = rng.choice(others)
                cut = rng.randrange(len(other))
                data[at:] = other[cut : cut + 20_000]
            case 8 if len(data) > 22:
                place = rng.choice((8, 9, 10, 11, 12, 13, 18, 19, 20, 21))
                data[place] = rng.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("seed", [0, 1])
def test_mutated_files_cost_nothing_but_themselves(tmp_path, seed):
    rng, originals = random.Random(seed), seeds()
    files = {f"a_good{i}.mid": content for i, content in enumerate(originals)}
    files |= {
        f"bad{i}.mid": mutated(rng.choice(originals), originals, rng) for i in range(COUNT // 2)
    }
    corpus = Folder(pack(tmp_path / "z.zip", files))
    kept = {}
    with Crew(2, seconds=10) as crew:
        for split in SPLITS:
            kept |= dict(corpus.examples(split, crew))
    report = corpus.report
    dropped = sum(entry["count"] for entry in report["dropped"].values())
    assert report["kept"] == len(kept)
    assert report["kept"] + dropped + report["duplicates"] == len(files)
    assert {f"a_good{i}.mid" for i in range(len(originals))} <= set(kept)
    assert dropped > COUNT // 20
    for columns in kept.values():
        assert len(piece_from(columns)) >= 1  # every check of a piece holds


def test_mutated_archives_are_refused_in_a_line_or_read(tmp_path):
    rng, files = random.Random(2), {f"{i}.mid": song(i) for i in range(5)}
    makers = {"z.zip": pack, "t.tar": roll_up, "t.tar.gz": roll_up}
    from errors import UserError

    outcomes = {"read": 0, "refused": 0}
    for name, make in makers.items():
        path = make(tmp_path / name, files)
        whole = path.read_bytes()
        for _ in range(COUNT // 6):
            path.write_bytes(mutated(whole, [whole], rng))
            try:
                corpus = Folder(path)
                with Crew(0) as crew:
                    corpus.select(crew, tmp_path)
                    for split in SPLITS:
                        list(corpus.examples(split, crew))
                outcomes["read"] += 1
            except UserError as error:
                assert name in str(error)
                outcomes["refused"] += 1
    assert min(outcomes.values()) > 10
