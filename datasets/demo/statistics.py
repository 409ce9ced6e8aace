"""What is known of the demo corpus, measured over ten thousand of its songs.

A model that has learned the corpus gives the same numbers. Sixteenths are the unit of time;
shares are of notes. Alterations (borrowed dominants, melodic minor) keep the first two below 1.
"""

# Mean share of a song's notes in its own scale: MELODY, BRIDGE, PIANO.
IN_SCALE = (0.9897, 0.9951, 0.9985)
# Mean share of the piano's notes in the best major, natural minor or harmonic minor scale.
PIANO_IN_BEST_SCALE = 0.9985
# Lengths of the piano's notes.
PIANO_DURATIONS = {
    1: 0.0369, 2: 0.3551, 4: 0.3130, 6: 0.0967, 8: 0.1366, 12: 0.0023,
    14: 0.0032, 16: 0.0561,
}  # fmt: skip
# From one note of the piano to the next; 0 within a chord.
PIANO_DELTAS = {
    0: 0.4233, 1: 0.0539, 2: 0.4326, 4: 0.0682, 6: 0.0043, 8: 0.0079,
    12: 0.0011, 14: 0.0003, 16: 0.0084,
}  # fmt: skip
# Semitones above the tonic, over all modes.
PIANO_CLASSES = {
    0: 0.2298, 1: 0.0003, 2: 0.1051, 3: 0.0663, 4: 0.0719, 5: 0.1338,
    6: 0.0007, 7: 0.1642, 8: 0.0440, 9: 0.0963, 10: 0.0511, 11: 0.0365,
}  # fmt: skip
