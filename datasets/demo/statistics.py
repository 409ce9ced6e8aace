"""What is known of the demo corpus, measured over ten thousand of its songs.

A model that has learned the corpus gives the same numbers. Sixteenths are the unit of time;
shares are of notes. Alterations (borrowed dominants, melodic minor) keep the first two below 1.
"""

# Mean share of a song's notes in its own scale: MELODY, BRIDGE, PIANO.
IN_SCALE = (0.9898, 0.9955, 0.9983)
# Mean share of the piano's notes in the best major, natural minor or harmonic minor scale.
PIANO_IN_BEST_SCALE = 0.9983
# Lengths of the piano's notes.
PIANO_DURATIONS = {
    1: 0.0164, 2: 0.3445, 4: 0.3516, 6: 0.0989, 8: 0.1278, 12: 0.0029,
    14: 0.0041, 16: 0.0538,
}  # fmt: skip
# From one note of the piano to the next; 0 within a chord.
PIANO_DELTAS = {
    0: 0.4982, 1: 0.0328, 2: 0.3660, 4: 0.0806, 6: 0.0050, 8: 0.0081,
    12: 0.0010, 14: 0.0004, 16: 0.0078,
}  # fmt: skip
# Semitones above the tonic, over all modes.
PIANO_CLASSES = {
    0: 0.2260, 1: 0.0002, 2: 0.1056, 3: 0.0655, 4: 0.0739, 5: 0.1353,
    6: 0.0008, 7: 0.1622, 8: 0.0450, 9: 0.0921, 10: 0.0529, 11: 0.0405,
}  # fmt: skip
