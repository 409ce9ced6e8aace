"""Fillings whose faults are known, judged against what stood in the gap."""

import numpy as np
import pytest

from metrics import infilling
from metrics.infilling import Gap, edge_intervals
from metrics.judge_filling import judge_filling
from tests.metrics.small import notes, other_order, songs, table, tune

ORIGINAL = tune([60, 62, 64, 65] * 4)  # four bars of quarters


def filled(rows):
    """The original with bars 1 and 2 (beats 4 to 12) made of `rows` instead."""
    outside = [(i, 1, p) for i, p in enumerate([60, 62, 64, 65] * 4) if not 4 <= i < 12]
    return notes([*outside, *rows])


def values(piece, original=ORIGINAL):
    """The four shares of one filling."""
    before, after = table(original), table(piece)
    gap = Gap.of(before, 1, 3)
    return [
        function(before, after, gap)[0]
        for function in (
            infilling.pitch_accuracy,
            infilling.duration_accuracy,
            infilling.token_accuracy,
            infilling.kept,
        )
    ]


def test_the_original_is_the_ideal():
    assert values(ORIGINAL) == [1, 1, 1, 1]


def test_an_empty_filling_recovers_nothing_but_the_silence():
    # Of 32 sixteenths 8 held an onset, the first now falls silent, none of the rest differs.
    assert values(filled([])) == [0, 0, pytest.approx(24 / 32), 1]


def test_wrong_pitches_at_the_right_times():
    right = [(4 + i, 1, 60 + i) for i in range(8)]  # 60 61 62 63 64 65 66 67
    # The original has 60 62 64 65 60 62 64 65: the first alone agrees.
    assert values(filled(right)) == [1 / 8, 1, pytest.approx(25 / 32), 1]


def test_shorter_notes_leave_silence():
    short = [(4 + i, 0.5, p) for i, p in enumerate([60, 62, 64, 65] * 2)]
    # In the middle of each of eight beats a note ends that went on before.
    assert values(filled(short)) == [1, 0, pytest.approx(24 / 32), 1]


def test_a_change_outside_is_seen():
    rows = [(i, 1, p) for i, p in enumerate([60, 62, 64, 65] * 4)]
    rows[0] = (0, 1, 61)
    assert values(notes(rows))[3] == pytest.approx(7 / 8)


def test_edges_are_the_steps_across_them():
    before = table(ORIGINAL)
    gap = Gap.of(before, 1, 3)
    assert [e[0] for e in edge_intervals(before, gap)] == [5, 5]
    after = table(filled([(4, 1, 70), (8, 1, 55), (8, 1, 59)]))
    # 65 up to 70; out of the highest, 59, up to 60.
    assert [e[0] for e in edge_intervals(after, gap)] == [5, 1]
    assert np.isnan([e[0] for e in edge_intervals(table(filled([])), gap)]).all()


def test_a_gap_ends_with_its_piece():
    both = table(ORIGINAL, tune([60] * 4), tune([60] * 10))
    gap = Gap.of(both, 1, 3)
    assert gap.begin.tolist() == [4, 4, 4] and gap.end.tolist() == [12, 4, 12]
    assert np.isnan(infilling.pitch_accuracy(both, both, gap)[1])


def test_a_note_a_hair_early_is_in_the_bar_it_means():
    early = filled([(3.98 + i, 1, p) for i, p in enumerate([60, 62, 64, 65] * 2)])
    assert values(early)[:2] == [1, 1]


def test_a_note_that_reaches_out_of_the_gap_is_nobodys_merit():
    original = filled([(4, 1, 60), (11, 1.5, 72)])
    assert values(filled([(11, 1.5, 72)]), original)[:2] == [0, 0]
    assert values(filled([(4, 1, 60)]), original)[:2] == [1, 1]


def test_the_table_gives_the_ideal_to_the_original():
    originals = table(*songs(10))
    rows = {r.measure.name: r for r in judge_filling(originals, originals, 2, 6)}
    assert len(rows) == 17
    for name, row in rows.items():
        ideal = row.reference.value if row.measure.ideal is None else row.measure.ideal
        assert row.value.value == pytest.approx(ideal, abs=1e-9), name


def test_another_songs_bars_are_worse_on_all_counts():
    pieces = songs(21)
    before, after = table(*pieces[:20]), table(*pieces[1:])
    rows = {r.measure.name: r for r in judge_filling(before, after, 2, 6)}
    for name in ("pitch accuracy", "duration accuracy", "token accuracy", "kept outside"):
        assert rows[name].value.value + rows[name].value.error < 1, name


def test_neither_key_nor_the_order_of_tracks_matters():
    pieces = songs(9)
    for change in (other_order, lambda p: p.transpose(2)):
        found = []
        for edit in (lambda p: p, change):
            before, after = table(*map(edit, pieces[:8])), table(*map(edit, pieces[1:]))
            rows = judge_filling(before, after, 2, 6)
            found.append([r.value.value for r in rows if r.measure.name != "pitch KL"])
        keyed = [i for i, r in enumerate(rows) if r.measure.name.startswith("pitch")]
        for index, (one, other) in enumerate(zip(*found, strict=True)):
            assert index in keyed or one == pytest.approx(other)
