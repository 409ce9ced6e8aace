"""Any directories or archives of MIDI as a corpus."""

from datasets.builder import PieceBuilder
from datasets.midi_files import SPLITS, MidiFiles, level_below

OUTSIDE = "(outside train, validation and test)"


class Folder(MidiFiles):
    """Every MIDI file under some directories, zips and tars.

    Folders `train`, `validation` and `test` right below a path, or below the one folder it holds,
    say what belongs to each, and a file outside them is dropped. Where there is no `train`, a
    hash of each file's content decides, wherever the file lies and whatever its name.
    """

    name = "folder"

    def splits_of(self, names: list[str]) -> list[str | None]:
        """The split of each name by its folder."""
        shared, level = level_below(names)
        if "train" in shared:
            return ["train"] * len(names)
        if "train" not in level:
            return [None] * len(names)
        return [folder if folder in SPLITS else OUTSIDE for folder in level]


class FolderBuilder(PieceBuilder, skip_registration=True):
    """A folder as shards."""

    name = "folder"
    FILES = Folder
