"""Turns saved arrays into MIDI: python decode.py arrays.npy --representation trio_octuple --out dir

The arrays are (pieces, ...) as a model draws them, or one piece alone. The representation is that
of a preset, or with --run the very one of a run, whose statistics some need.
"""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

import config as configs
from errors import Parser, UserError, run_command

if TYPE_CHECKING:
    import numpy as np


def flags() -> Namespace:
    """The command line."""
    parser = Parser(prog="decode.py", description=__doc__)
    add = parser.add_argument
    add("arrays", type=Path, help="a .npy file")
    names = ", ".join(configs.PRESETS)
    add("--representation", default="notes", help=f"that of a preset: {names} (notes)")
    add("--dataset", default="folder", help="the corpus that the preset is for (folder)")
    add("--run", type=Path, help="take the representation of this run instead")
    add("--out", type=Path, required=True, help="folder for the pieces")
    return parser.parse_args()


def main() -> None:
    """Reads the arrays, decodes each and writes them as `generator.py` does."""
    args = flags()

    from system import generate, logs
    from system.build import representation
    from system.run_folder import RunFolder

    logs.start()
    if args.run:
        run = RunFolder.open(args.run)
        made = representation(run.config, run.statistics)
    else:
        made = representation(configs.resolve(args.representation, "base", args.dataset, {}))
    pieces = [made.decode(array) for array in arrays_in(args.arrays, made.shape)]
    generate.write(pieces, args.out, {"arrays": str(args.arrays)})


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
    return arrays


if __name__ == "__main__":
    run_command(main)
