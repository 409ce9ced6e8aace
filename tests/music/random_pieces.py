"""Hypothesis strategies for pieces of every shape, likely and unlikely."""

from hypothesis import strategies as st

from music import Piece


def changes(*values):
    """Rows of (tick, value, ...)."""
    return st.lists(st.tuples(st.integers(0, 5_000), *values), max_size=5)


@st.composite
def pieces(draw, most_notes: int = 40, few_places: bool = False) -> Piece:
    """Pieces; with `few_places` so crowded that notes of one pitch are sure to overlap."""
    names = draw(st.lists(st.text(max_size=8), min_size=1, max_size=20))
    latest, longest = (12, 12) if few_places else (20_000, 4_000)
    pitches = st.sampled_from([0, 60, 127]) if few_places else st.integers(0, 127)
    note = st.tuples(
        st.integers(0, latest),
        st.integers(1, longest),
        pitches,
        st.integers(1, 127),
        st.integers(0, 127),
        st.integers(0, len(names) - 1),
        st.booleans(),
    )
    columns = list(zip(*draw(st.lists(note, max_size=most_notes)), strict=True)) or [[]] * 7
    return Piece(
        *columns,
        ticks_per_beat=draw(st.integers(1, 2**15 - 1)),
        tempos=draw(changes(st.integers(1, 2**24 - 1))),
        time_signatures=draw(
            changes(st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128]))
        ),
        track_names=names,
    )


def one_instrument_each(piece: Piece) -> Piece:
    """The piece with a program and a kind chosen by track, as most pieces have."""
    return Piece.from_notes(
        piece.onset, piece.duration, piece.pitch, piece.velocity,
        program=piece.track * 5 % 128, track=piece.track, is_drum=piece.track % 3 == 2,
        ticks_per_beat=piece.ticks_per_beat, tempos=piece.tempos,
        time_signatures=piece.time_signatures, track_names=piece.track_names,
    )  # fmt: skip
