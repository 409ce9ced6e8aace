"""Odd and broken files: each is kept for its music or dropped for a reason that is its own."""

import struct

import numpy as np
import pytest

from datasets.folder import Folder
from datasets.midi_files import SPLITS
from datasets.parsing import Rules, piece_of
from datasets.sources import Dropped
from music import Piece, midi
from tests.datasets.material import NOTE, lay, raw, song

TEMPO_0 = b"\x00\xff\x51\x03\x00\x00\x00"
METER = b"\x00\xff\x58\x04%b\x18\x08"
SHIFT_JIS = b"\x00\xff\x03\x08" + "ピアノ".encode("shift-jis") + b"ab"
SILENT = midi.to_bytes(Piece.from_notes([], [], []))
MANY = midi.to_bytes(Piece.from_notes(np.arange(3000), 1, 60))

DROPPED = {
    "empty": (b"", "empty file"),
    "text": (b"not MIDI at all", "not MIDI"),
    "zeros": (bytes(5000), "not MIDI"),
    "html": (b"<html>404</html>" * 50, "not MIDI"),
    "header": (b"MThd", "not readable as MIDI"),
    "cut": (song(0)[:60], "not readable as MIDI"),
    "frames": (raw(NOTE, 0xE728), "timed in SMPTE frames, without beats"),
    "no_ticks": (raw(NOTE, 0), "not readable as MIDI"),
    "silent": (SILENT, "no notes"),
    "meta": (raw(TEMPO_0), "no notes"),
    "off_before_on": (raw(b"\x00\x80\x3c\x40\x10\x90\x3c\x40"), "no notes"),
    "many": (MANY, "more than 2,000 notes"),
    "tempo_changes": (
        raw(NOTE + b"\x00\xff\x51\x03\x07\xa1\x20" + NOTE + b"\x00\xff\x51\x03\x05\xa1\x20" + NOTE),
        "tempo changes",
    ),
}
KEPT = {
    "tempo_0": raw(TEMPO_0 + NOTE),
    "shift_jis": raw(SHIFT_JIS + NOTE),
    "instant": raw(b"\x00\x90\x3c\x40\x00\x80\x3c\x40"),
    "meter_of_nothing": raw(METER % b"\x00\x02" + NOTE),
    "meter_mid_bar": raw(METER % b"\x04\x02" + NOTE + METER % b"\x03\x02" + NOTE),
    "meter_of_2_to_64": raw(METER % b"\x04\x40" + NOTE),
    "riff": b"RIFF\x00\x00\x00\x00RMIDdata" + struct.pack("<I", len(song(3))) + song(3),
}
RULES = Rules(strict_tempo=True, most_notes=2000)


@pytest.mark.parametrize("name", DROPPED)
def test_what_is_no_piece_is_dropped_for_its_reason(name):
    content, reason = DROPPED[name]
    with pytest.raises(Dropped) as told:
        piece_of(content, RULES)
    assert str(told.value) == reason


@pytest.mark.parametrize("name", [name for name in KEPT if name != "riff"])
def test_odd_labels_do_not_cost_the_music(name):
    piece = piece_of(KEPT[name], RULES)
    assert piece.pitch.tolist() == [60] * len(piece) and 1 <= len(piece) <= 2
    assert (piece.duration >= 1).all() and (piece.tempos[:, 1] > 0).all()
    if name == "meter_mid_bar":
        assert piece.time_signatures.tolist() == [[0, 4, 4], [96, 3, 4]]
    assert midi.read(midi.to_bytes(piece)) == piece


def test_all_of_them_in_one_folder_are_counted_right(tmp_path):
    files = {f"bad/{name}.mid": content for name, (content, _) in DROPPED.items()}
    odd = {name: content for name, content in KEPT.items() if name != "riff"}
    files |= {f"odd/{name}.mid": content for name, content in odd.items()}
    corpus = Folder(lay(tmp_path, files), rules=RULES)
    kept = {id for split in SPLITS for id, _ in corpus.pieces(split)}
    assert kept == {f"odd/{name}.mid" for name in odd}
    report = corpus.report
    counted = {reason: entry["count"] for reason, entry in report["dropped"].items()}
    expected = [reason for _, reason in DROPPED.values()]
    assert counted == {reason: expected.count(reason) for reason in expected}
    assert report["kept"] == len(odd) and report["duplicates"] == 0
