"""How fast MIDI becomes a corpus: python -m benchmarks.ingest [--files N ...] [--keep FOLDER]

Processor time of everything from archive to finished shards (listing, hashing, parsing, checks,
serialising, writing; children included) beside that of a loop of pretty_midi over the same 100
POP909 and 50 MAESTRO files. The files stand three times in each archive, each time with another
text in them, so that what a build costs once does not hide what a file costs; a build of one file
gives the former. `--files 1000 10000` prepares corpora of so many different files, a third of
POP909 and the rest of the Lakh melodies and trios, and tells time and memory. `--keep FOLDER`
keeps the archives for the next call, `--make` only makes them.

What is heavy is imported where it is used, as in prepare.py: workers import the main module again.
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import threading
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import psutil

DATA = Path(__file__).parents[2] / "shared" / "data"
WANTED = {"POP909.zip": 100, "maestro-v3.0.0-midi.zip": 50}
SMALL = {"POP909.zip": 909, "lakh_64bars.zip": 2000}
ROOT = Path(__file__).parents[1]


def originals(wanted: dict[str, int] = WANTED) -> list[bytes]:
    """The first files of some archives: 100 of POP909 and 50 of MAESTRO."""
    found = []
    for archive, count in wanted.items():
        with zipfile.ZipFile(DATA / archive) as file:
            names = [name for name in file.namelist() if name.endswith((".mid", ".midi"))]
            found += [file.read(name) for name in sorted(names)[:count]]
    return found


def varied(content: bytes, number: int) -> bytes:
    """Another file with the same music: its first track begins with a text of its own."""
    at = content.index(b"MTrk") + 4
    text = b"\x00\xff\x01\x07%07d" % number
    length = int.from_bytes(content[at : at + 4], "big") + len(text)
    return content[:at] + length.to_bytes(4, "big") + text + content[at + 4 :]


def packed(path: Path, contents: list[bytes], count: int) -> Path:
    """An archive of `count` files, no two alike."""
    from files import replacing

    with (
        replacing(path) as made,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for i in range(count):
            content = contents[i % len(contents)]
            archive.writestr(f"{i:07}.mid", content if i < len(contents) else varied(content, i))
    return path


def archive_of(folder: Path, count: int) -> Path:
    """The archive for `curve`, made if need be: a third are songs, the others of 64 bars."""
    path = folder / f"{count}.zip"
    if path.is_file():
        return path
    contents = originals(SMALL)
    order = np.random.default_rng(0).permutation(len(contents))
    return packed(path, [contents[i] for i in order], count)


def processor_seconds(work) -> float:
    """What `work()` costs this process, and the workers whose seconds it returns."""
    before = time.process_time()
    of_workers = work() or 0.0
    return time.process_time() - before + of_workers


def of_workers() -> float:
    """Processor seconds of every worker so far, start included."""
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(t.user + t.system for t in times)


def with_pretty_midi(contents: list[bytes]) -> float:
    """Processor seconds of a loop that reads each file and makes columns of its notes."""
    import pretty_midi

    def loop() -> None:
        for content in contents:
            music = pretty_midi.PrettyMIDI(io.BytesIO(content))
            for part in music.instruments:
                np.array([(n.start, n.end, n.pitch, n.velocity) for n in part.notes])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return processor_seconds(loop)


def ratio(folder: Path, workers: int) -> None:
    """Files a second and core: ours and pretty_midi's, in one run."""
    from datasets.crew import Crew
    from datasets.folder import Folder, FolderBuilder
    from datasets.shards import Built

    contents = originals()
    archive = packed(folder / "all.zip", contents, 3 * len(contents))
    single = packed(folder / "one.zip", contents, 1)

    def build(path: Path) -> float:
        before = of_workers()  # the server that forks them lives on
        with tempfile.TemporaryDirectory(dir=folder) as root, Crew(workers) as crew:
            assert Built(FolderBuilder, Folder(path), Path(root), crew).shards.counts
            return of_workers() - before

    build(single)  # imports
    slow = len(contents) / with_pretty_midi(contents)
    once = processor_seconds(lambda: build(single))
    seconds = processor_seconds(lambda: build(archive))
    count = 3 * len(contents)
    whole, each = count / seconds, (count - 1) / (seconds - once)
    print(f"pretty_midi, notes alone         {slow:8.1f} files a second and core")
    print(f"shards, {count} files, {workers} workers    {whole:8.1f}  ({whole / slow:.0f} times)")
    print(f"shards, less one build of 1 file {each:8.1f}  ({each / slow:.0f} times)")
    print(f"one build of 1 file              {once:8.3f} s")


def encoders() -> None:
    """Pieces a second and core that the encoder of `notes` turns into windows."""
    from datasets.encoding import Encoder
    from music import midi
    from representations.notes import Notes

    pieces = [midi.read(content) for content in originals()[:100]]
    encode = Encoder(Notes())

    def encode_all() -> None:
        for piece in pieces:
            encode(piece)

    best = min(processor_seconds(encode_all) for _ in range(5))
    print(f"notes encodes                    {len(pieces) / best:8.1f} pieces of POP909 a second")


def curve(archive: Path, count: int, where: Path, workers: int) -> None:
    """Time and memory of prepare.py for an archive of `count` files, workers included."""
    size = archive.stat().st_size / count
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "prepare.py"), "--archive", str(archive.resolve())]
        + ["--num_workers", str(workers)],
        cwd=where,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    most, spent = {"main": 0, "all": 0}, {}
    watcher = threading.Thread(target=_watch, args=(process.pid, most, spent))
    watcher.start()
    failed = process.wait()
    watcher.join()
    if failed:
        raise SystemExit(f"prepare.py ended with {failed}")
    wall = time.monotonic() - began
    print(
        f"prepare.py, {count:7,} files of {size:,.0f} bytes (packed): {wall:7.1f} s, "
        f"{sum(spent.values()):6.1f} s of processors, "
        f"{most['main'] / 2**20:5.0f} MiB in the command, {most['all'] / 2**20:5.0f} with workers",
        flush=True,
    )


def _watch(pid: int, most: dict[str, int], spent: dict[int, float]) -> None:
    """Takes down the most memory that a command and its workers use, and their seconds."""
    while psutil.pid_exists(pid):
        try:
            main = psutil.Process(pid)
            if main.status() == psutil.STATUS_ZOMBIE:
                return
            children = main.children(recursive=True)
            alone = main.memory_info().rss
            # Shared pages are counted once: what a worker has of its own.
            own = sum(child.memory_full_info().uss for child in children)
            for process in (main, *children):
                times = process.cpu_times()
                spent[process.pid] = times.user + times.system
        except psutil.Error:
            continue
        most["main"], most["all"] = max(most["main"], alone), max(most["all"], alone + own)
        time.sleep(0.1)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="where archives of --files lie and stay")
    parser.add_argument("--make", action="store_true", help="make those archives, and no more")
    args = parser.parse_args()
    if args.make and not (args.keep and args.files):
        parser.error("--make needs --files and --keep")
    from benchmarks import machine

    with tempfile.TemporaryDirectory(dir=args.keep) as folder:
        archives = [archive_of(args.keep or Path(folder), count) for count in args.files]
        if args.make:
            return
        print(machine.told(), flush=True)
        for archive, count in zip(archives, args.files, strict=True):
            where = Path(folder) / f"run{count}"
            where.mkdir()
            curve(archive, count, where, args.workers)
        if not args.files:
            ratio(Path(folder), args.workers)
            encoders()


if __name__ == "__main__":
    main()
