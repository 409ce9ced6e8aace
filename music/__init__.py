"""What a piece of music is, and how it comes from and goes to files, pictures and sound.

Pictures (`music.picture`), sound (`music.sound`) and pretty_midi (`music.pretty`) are imported
by name, since what they need is slow to load.
"""

from music.midi import read, write
from music.piece import Piece
from music.playable import playable
from music.theory import best_scale

__all__ = ["Piece", "best_scale", "playable", "read", "write"]
