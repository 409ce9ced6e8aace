"""General MIDI: what the 128 programs are called, and what kind of drum a key strikes."""

_PROGRAMS = """
Acoustic Grand Piano/Bright Piano/Electric Grand/Honky-tonk Piano/Electric Piano 1
Electric Piano 2/Harpsichord/Clavinet/Celesta/Glockenspiel/Music Box/Vibraphone/Marimba
Xylophone/Tubular Bells/Dulcimer/Drawbar Organ/Percussive Organ/Rock Organ/Church Organ
Reed Organ/Accordion/Harmonica/Bandoneon/Nylon Guitar/Steel Guitar/Jazz Guitar/Clean Guitar
Muted Guitar/Overdriven Guitar/Distortion Guitar/Guitar Harmonics/Acoustic Bass
Fingered Bass/Picked Bass/Fretless Bass/Slap Bass 1/Slap Bass 2/Synth Bass 1/Synth Bass 2
Violin/Viola/Cello/Contrabass/Tremolo Strings/Pizzicato Strings/Harp/Timpani
String Ensemble 1/String Ensemble 2/Synth Strings 1/Synth Strings 2/Choir Aahs/Voice Oohs
Synth Voice/Orchestra Hit/Trumpet/Trombone/Tuba/Muted Trumpet/French Horn/Brass Section
Synth Brass 1/Synth Brass 2/Soprano Sax/Alto Sax/Tenor Sax/Baritone Sax/Oboe/English Horn
Bassoon/Clarinet/Piccolo/Flute/Recorder/Pan Flute/Blown Bottle/Shakuhachi/Whistle/Ocarina
Square Lead/Saw Lead/Calliope Lead/Chiff Lead/Charang Lead/Voice Lead/Fifths Lead
Bass and Lead/New Age Pad/Warm Pad/Polysynth Pad/Choir Pad/Bowed Pad/Metallic Pad/Halo Pad
Sweep Pad/Rain/Soundtrack/Crystal/Atmosphere/Brightness/Goblins/Echoes/Sci-fi/Sitar/Banjo
Shamisen/Koto/Kalimba/Bagpipe/Fiddle/Shanai/Tinkle Bell/Agogo/Steel Drums/Woodblock/Taiko
Melodic Tom/Synth Drum/Reverse Cymbal/Fret Noise/Breath Noise/Seashore/Bird Tweet
Telephone/Helicopter/Applause/Gunshot
"""
PROGRAM_NAMES = tuple(_PROGRAMS.strip().replace("\n", "/").split("/"))

DRUM_KINDS = ("kick", "snare", "tom", "hi-hat", "cymbal", "other")
_KEYS_OF_KIND = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "tom": (41, 43, 45, 47, 48, 50),
    "hi-hat": (42, 44, 46),
    "cymbal": (49, 51, 52, 53, 55, 57, 59),
}
# Index into DRUM_KINDS of each of the 128 keys.
KIND_OF_KEY = tuple(
    next((i for i, kind in enumerate(_KEYS_OF_KIND) if key in _KEYS_OF_KIND[kind]), 5)
    for key in range(128)
)
