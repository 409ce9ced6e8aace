"""What of a piece a MIDI file can hold."""

from dataclasses import replace

import numpy as np

from music.piece import Piece


def playable(piece: Piece) -> Piece:
    """The piece as MIDI can say it; the same object where nothing has to change.

    A track of several instruments becomes a track for each (see `one_instrument_a_track`). A
    note held past the end of a later one of its track and pitch ends with that one, since
    MIDI's "this key is up" cannot tell them apart.
    """
    return _release_together(one_instrument_a_track(_with_plain_names(piece)))


def one_instrument_a_track(piece: Piece) -> Piece:
    """The piece with each track of several instruments made a track for each, names repeated.

    Such tracks stand where the one stood, in the order of their programs with drums last.
    """
    instrument = (piece.track.astype(np.int64) << 8) | (piece.is_drum << 7) | piece.program
    used, which = np.unique(instrument, return_inverse=True)
    track_of_used = used >> 8
    if len(np.unique(track_of_used)) == len(used):
        return piece
    empty = np.setdiff1d(np.arange(len(piece.track_names)), track_of_used)
    sources = np.sort(np.concatenate([track_of_used, empty]))
    # Tracks stay in order, so the n-th instrument moves down by the empty tracks before it.
    places = np.arange(len(used)) + np.searchsorted(empty, track_of_used)
    names = tuple(piece.track_names[source] for source in sources)
    return replace(piece, track=places[which], track_names=names)


def _with_plain_names(piece: Piece) -> Piece:
    # Half of a surrogate pair, as a name read with errors ignored may hold, is not UTF-8.
    names = tuple(name.encode("utf-8", "replace").decode() for name in piece.track_names)
    return piece if names == piece.track_names else replace(piece, track_names=names)


def _release_together(piece: Piece) -> Piece:
    if len(piece) < 2:
        return piece
    key = (piece.track.astype(np.int64) << 7) | piece.pitch
    order = np.argsort(key, kind="stable")
    # The minimum over later notes of a key, for all keys in one scan from the back: lifting
    # every key above the one before it makes the running minimum start anew at each.
    lift = key[order] * (piece.length_ticks + 1)
    ends = np.minimum.accumulate((piece.ends[order] + lift)[::-1])[::-1] - lift
    if (ends == piece.ends[order]).all():
        return piece
    duration = np.empty_like(piece.duration)
    duration[order] = ends - piece.onset[order]
    return replace(piece, duration=duration)
