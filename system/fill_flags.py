"""The flags of generator.py that fill in songs and write long pieces; loads nothing heavy."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from errors import UserError
from system.arguments import at_least_one, span

MOST_BARS = 10_000
CONDITIONS = ("beats", "seconds", "pitches", "tracks", "keep_tracks", "first_half")


def add(parser: ArgumentParser) -> None:
    """Adds the flags to a parser that has --n, --tempo and --program."""
    group = parser.add_argument_group(
        "filling in",
        "What is named is drawn anew, all else stays; several conditions hold together. "
        "Bars, beats and seconds count from 0 up to the end given, which does not belong to them; "
        "8: goes on to the song's end.",
    )
    songs = group.add_mutually_exclusive_group()
    songs.add_argument(
        "--infill", type=Path, metavar="SONG", help="a MIDI file, filled in --n ways"
    )
    songs.add_argument(
        "--input_midi_dir", type=Path, metavar="DIR", help="fills in every song here"
    )
    add = group.add_argument
    add("--samples_per_midi", type=at_least_one, metavar="N", help="how often each song of DIR (4)")
    add("--bars", type=_bars, metavar="A:B", help="bars; without a song, --bars 64 writes so many")
    add("--beats", type=_times, metavar="A:B", help="quarter notes")
    add("--seconds", type=_times, metavar="A:B", help="seconds, through the song's tempo")
    add("--pitches", type=_pitches, metavar="A:B", help="MIDI pitches, both ends included")
    add("--tracks", type=_names, metavar="NAMES", help="names or numbers, as in MELODY,BASS")
    add("--keep_tracks", type=_names, metavar="NAMES", help="all tracks but these")
    add("--first_half", action="store_true", help="the first half of the song's bars")


def check(args: Namespace) -> None:
    """Refuses flags that do not go together, and fills in defaults that depend on others.

    `args.overruled` becomes what of tempo and program was asked for.
    """
    song = _song(args)
    given = {name: getattr(args, name) for name in ("tempo", "program")}
    args.overruled = {name: value for name, value in given.items() if value is not None}
    if song is None:
        if args.samples_per_midi:
            raise UserError("--samples_per_midi: there are no songs; add --input_midi_dir DIR")
        for name in CONDITIONS:
            if getattr(args, name):
                raise UserError(f"--{name}: there is no song to fill in; add --infill song.mid")
        if isinstance(args.bars, tuple):
            raise UserError("--bars: without --infill give the number of bars to write, as in 64")
        args.tempo, args.program = args.tempo or 120.0, args.program or 0
    else:
        _check_song(args, song)
    if args.input_midi_dir is None:
        args.n = args.n or 8
    else:
        args.samples_per_midi = args.samples_per_midi or 4


def wanted(args: Namespace) -> bool:
    """Whether there is a gap to fill, and not just windows to draw."""
    return _song(args) is not None or args.bars is not None


def told(args: Namespace) -> dict:
    """What was asked for, as samples.json keeps it."""
    names = ("infill", "input_midi_dir", "samples_per_midi", "bars", *CONDITIONS)
    given = {name: getattr(args, name) for name in names}
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in given.items()
        if value not in (None, False)
    }


def _song(args: Namespace) -> str | None:
    given = [name for name in ("infill", "input_midi_dir") if getattr(args, name) is not None]
    return f"--{given[0]}" if given else None


def _check_song(args: Namespace, song: str) -> None:
    for name in ("tempo", "program"):
        if getattr(args, name) is not None:
            raise UserError(f"--{name}: a song that is filled in keeps its own; leave it out")
    if isinstance(args.bars, int):
        raise UserError(f"--bars: with {song} give the first bar and the end, as in 8:12")
    if args.infill is not None:
        if args.samples_per_midi is not None:
            raise UserError("--samples_per_midi: is for --input_midi_dir; with --infill give --n")
        if not args.infill.is_file():
            raise UserError(f"--infill {args.infill}: there is no such file; give a MIDI file")
    else:
        if args.n is not None:
            raise UserError("--n: with --input_midi_dir give --samples_per_midi")
        if not args.input_midi_dir.is_dir():
            raise UserError(f"--input_midi_dir {args.input_midi_dir}: there is no such folder")
    if not any(getattr(args, name) for name in ("bars", *CONDITIONS)):
        raise UserError(f"{song}: say what to draw, as in --bars 8:12; --bars 0: draws all of it")


def _bars(text: str):
    if ":" in text:
        return span(text, int, 0, MOST_BARS, f"bars from 0 to {MOST_BARS:,}, as in 8:12")
    if not text.isdigit() or not 1 <= int(text) <= MOST_BARS:
        raise ArgumentTypeError(f"{text!r} is neither a range as 8:12 nor 1 to {MOST_BARS} bars")
    return int(text)


def _times(text: str):
    return span(
        text, float, 0, 4 * MOST_BARS, f"numbers from 0 to {4 * MOST_BARS:,}, as in 30:45.5"
    )


def _pitches(text: str):
    return span(text, int, 0, 127, "MIDI pitches from 0 to 127, as in 60:84", closed=True)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ArgumentTypeError("there is no name in it; give tracks as in MELODY,BASS")
    return names
