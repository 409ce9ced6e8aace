"""Where the published corpora are had: addresses, checksums, and what to say without them."""

from dataclasses import dataclass
from pathlib import Path

from errors import UserError

DOWNLOADS = Path("data") / "downloads"
MAESTRO = "https://storage.googleapis.com/magentadata/datasets/maestro"
LAKH = "http://hog.ee.columbia.edu/craffel/lmd"
POP909 = "https://github.com/music-x-lab/POP909-Dataset"


@dataclass(frozen=True)
class Archive:
    """A published file and the SHA-256 it is known by."""

    url: str
    sha256: str

    @property
    def file(self) -> str:
        """The name under which it is kept."""
        return self.url.rpartition("/")[2]


# The first variant of a corpus is the one that is meant unless another is named.
ARCHIVES = {
    "maestro": {
        "3.0.0": Archive(
            f"{MAESTRO}/v3.0.0/maestro-v3.0.0-midi.zip",
            "70470ee253295c8d2c71e6d9d4a815189e35c89624b76d22fce5a019d5dde12c",
        ),
        "2.0.0": Archive(
            f"{MAESTRO}/v2.0.0/maestro-v2.0.0-midi.zip",
            "ec2cc9d94886c6b376db1eaa2b8ad1ce62ff9f0a28b3744782b13163295dadf3",
        ),
        "1.0.0": Archive(
            f"{MAESTRO}/v1.0.0/maestro-v1.0.0-midi.zip",
            "f620f9e1eceaab8beea10617599add2e9c83234199b550382a2f603098ae7135",
        ),
    },
    "lakh": {
        "lmd_full": Archive(
            f"{LAKH}/lmd_full.tar.gz",
            "6fcfe2ac49ca08f3f214cec86ab138d4fc4dabcd7f27f491a838dae6db45a12b",
        ),
        "lmd_matched": Archive(
            f"{LAKH}/lmd_matched.tar.gz",
            "621ff830aed771f469e5bfa13dc12a33c6ed69090adeda63d0b5c47783af0191",
        ),
        "clean_midi": Archive(
            f"{LAKH}/clean_midi.tar.gz",
            "de1bb64cbc0cf35545a05b5c3e786aa6890cfa144edffc4b827ff41bf8c33dc5",
        ),
    },
}


def archive_of(name: str, variant: str | None) -> Archive:
    """The published archive of a corpus, or why there is none to download."""
    variants = ARCHIVES.get(name)
    if not variants:
        flag = "--variant" if variant else "--download"
        raise UserError(f"{flag}: {name} has no published archive; {how_to_get(name)}")
    variant = variant or next(iter(variants))
    if variant not in variants:
        raise UserError(f"--variant: {name} has no {variant!r}; use {', '.join(variants)}")
    return variants[variant]


def downloaded(name: str, variant: str | None = None) -> Path | None:
    """The archive of a corpus where `--download` puts it, if it is there."""
    if name not in ARCHIVES and not variant:
        return None
    path = DOWNLOADS / archive_of(name, variant).file
    return path if path.is_file() else None


def how_to_get(name: str) -> str:
    """What to do for a corpus that is not here."""
    if name == "pop909":
        return (
            f"clone or download {POP909} and name its POP909 folder with --data_dir, or a zip of "
            "it with --archive"
        )
    if name not in ARCHIVES:
        return "say where it is, with --data_dir for a folder or --archive for a zip or tar"
    archive = archive_of(name, None)
    return (
        f"fetch {archive.url} (SHA-256 {archive.sha256}) and put it at "
        f"{DOWNLOADS / archive.file}, or name it with --archive, or an unpacked folder with "
        "--data_dir; prepare.py --download fetches it where there is a network"
    )
