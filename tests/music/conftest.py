"""Real music to test on, when it is there."""

import zipfile
from pathlib import Path

import pytest

ARCHIVES = Path(__file__).parents[2] / "../shared/data"
SAMPLE = 60


@pytest.fixture(params=["POP909.zip", "maestro-v3.0.0-midi.zip", "lakh_64bars.zip"])
def real_files(request) -> dict[str, bytes]:
    """MIDI files by name, spread evenly over one archive."""
    path = ARCHIVES / request.param
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".mid", ".midi")))
        return {name: archive.read(name) for name in names[:: max(1, len(names) // SAMPLE)]}
