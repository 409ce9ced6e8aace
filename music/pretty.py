"""Pieces as pretty_midi objects and back, for scripts that speak pretty_midi."""

import numpy as np

from music import clock
from music.piece import Piece
from music.playable import one_instrument_a_track


def to_pretty_midi(piece: Piece):
    """A `pretty_midi.PrettyMIDI` of the piece, one instrument a track."""
    import pretty_midi

    piece = one_instrument_a_track(piece)
    music = pretty_midi.PrettyMIDI(resolution=piece.ticks_per_beat)
    # pretty_midi has no public way to give more than one tempo.
    scale = 1 / (clock.MICROSECONDS * piece.ticks_per_beat)
    music._tick_scales = [(tick, rate * scale) for tick, rate in piece.tempos.tolist()]
    music._update_tick_to_time(piece.length_ticks)
    music.time_signature_changes = [
        pretty_midi.TimeSignature(numerator, denominator, float(piece.seconds_at(tick)))
        for tick, numerator, denominator in piece.time_signatures.tolist()
    ]
    starts, ends = piece.seconds_at(piece.onset).tolist(), piece.seconds_at(piece.ends).tolist()
    for index, name in enumerate(piece.track_names):
        rows = np.flatnonzero(piece.track == index)
        program, is_drum = (piece.program[rows[0]], piece.is_drum[rows[0]]) if rows.size else (0, 0)
        instrument = pretty_midi.Instrument(int(program), bool(is_drum), name)
        instrument.notes = [
            pretty_midi.Note(int(piece.velocity[i]), int(piece.pitch[i]), starts[i], ends[i])
            for i in rows.tolist()
        ]
        music.instruments.append(instrument)
    return music


def from_pretty_midi(music) -> Piece:
    """The piece that a `pretty_midi.PrettyMIDI` holds, times rounded to its nearest tick."""
    times, beats_per_minute = music.get_tempo_changes()
    ticks = np.array([music.time_to_tick(time) for time in times], np.int64)
    rates = 60 * clock.MICROSECONDS / beats_per_minute
    tempos = np.column_stack([ticks, rates])
    notes = [(note, index) for index, part in enumerate(music.instruments) for note in part.notes]
    parts = [music.instruments[index] for _, index in notes]

    def tick_of(seconds) -> np.ndarray:
        # With the tempos as they are: rounded to microseconds first, long pieces would drift.
        exact = clock.ticks_at(np.asarray(list(seconds), np.float64), tempos, music.resolution)
        return np.rint(exact).astype(np.int64)

    onset = np.maximum(tick_of(note.start for note, _ in notes), 0)
    end = tick_of(note.end for note, _ in notes)
    meters = music.time_signature_changes
    return Piece(
        onset=onset,
        duration=np.maximum(end - onset, 1),
        pitch=[note.pitch for note, _ in notes],
        velocity=[note.velocity for note, _ in notes],
        program=[part.program for part in parts],
        track=[index for _, index in notes],
        is_drum=[part.is_drum for part in parts],
        ticks_per_beat=music.resolution,
        tempos=np.rint(tempos).astype(np.int64),
        time_signatures=np.column_stack(
            [
                tick_of(meter.time for meter in meters),
                [meter.numerator for meter in meters],
                [meter.denominator for meter in meters],
            ]
        ),
        track_names=[part.name for part in music.instruments],
    )
