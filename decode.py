"""Turns saved arrays into MIDI: python decode.py arrays.npy --representation trio_octuple --out dir

The arrays are (pieces, length, ...) as a model draws them, or one piece alone; their length may be
any. They are read as the weights that come along have them; with --dataset as the preset is for
that corpus, and with --run as a run has them.
"""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import config as configs
from errors import Parser, UserError, run_command
from fields import known

if TYPE_CHECKING:
    import numpy as np


def flags() -> Namespace:
    """The command line."""
    parser = Parser(prog="decode.py", description=__doc__)
    add = parser.add_argument
    add("arrays", type=Path, help="a .npy file")
    names = ", ".join(configs.PRESETS)
    add("--representation", default="notes", help=f"that of a model: {names} (notes)")
    add("--dataset", help="as its preset is for this corpus")
    add("--run", type=Path, help="take the representation of this run instead")
    add("--out", type=Path, required=True, help="folder for the pieces")
    args = parser.parse_args()
    known("--representation", args.representation, configs.PRESETS)
    if args.dataset:
        known("--dataset", args.dataset, configs.DATASETS)
    return args


def main() -> None:
    """Reads the arrays, decodes each and writes them as `generator.py` does."""
    args = flags()

    from absl import logging

    from system import logs, writing

    logs.start()
    made = representation_of(args)
    arrays = arrays_in(args.arrays, made.shape)
    if hasattr(made, "invalid_rate"):
        check_tokens(args.arrays, arrays)
        invalid = sum(map(made.invalid_rate, arrays)) / len(arrays)
        if invalid:
            logging.warning("%.2g %% of it is no music: mended or left out", 100 * invalid)
    writing.write([made.decode(array) for array in arrays], args.out, {"arrays": str(args.arrays)})


def representation_of(args: Namespace):
    """The representation that the command line names, with statistics where there are some."""
    from system import weights
    from system.build import representation
    from system.run_folder import RunFolder

    if args.run:
        run = RunFolder.open(args.run)
        return representation(run.config, run.statistics)
    if args.dataset is None and args.representation in weights.shipped():
        card = weights.Card.open(args.representation)
        return representation(card.config, card.statistics)
    return representation(
        configs.resolve(args.representation, "base", args.dataset or "folder", {})
    )


def arrays_in(path: Path, shape: tuple[int, ...]) -> "np.ndarray":
    """The arrays of a file, (pieces, length, ...); their length may be any."""
    import numpy as np

    try:
        arrays = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: not an array that NumPy saved ({error})") from None
    if not isinstance(arrays, np.ndarray) or arrays.dtype.kind not in "iufb":
        raise UserError(f"{path}: no array of numbers; save one with numpy.save")
    if arrays.ndim == len(shape):
        arrays = arrays[None]
    if arrays.ndim != len(shape) + 1 or arrays.shape[2:] != tuple(shape[1:]):
        raise UserError(
            f"{path}: arrays of {arrays.shape[1:]}, and the representation has {tuple(shape)}; "
            "name the one that they were made with"
        )
    if not len(arrays):
        raise UserError(f"{path}: holds no piece")
    if not np.isfinite(arrays).all():
        raise UserError(f"{path}: some of its numbers are none (NaN or infinite)")
    return arrays


def check_tokens(path: Path, arrays: "np.ndarray") -> None:
    """Refuses what cannot be tokens: truths, and numbers that are not whole."""
    if arrays.dtype.kind == "b" or (arrays.dtype.kind == "f" and (arrays % 1).any()):
        raise UserError(f"{path}: tokens are whole numbers; save them as such")


if __name__ == "__main__":
    run_command(main)
