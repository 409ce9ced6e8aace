"""Runs commands one after another in one process, so that its imports are paid once.

    python driver.py [--without MODULE] COMMAND ARGUMENTS .. ["--" "[@STEP]" COMMAND ARGUMENTS ..]

@STEP presses Ctrl-C when that many steps were made. The exit codes go to standard output.
"""

import runpy
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))


class Without:
    """Makes a package look as if it were not installed."""

    def __init__(self, *packages):
        self.packages = packages

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.packages:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def interrupt_at(step: int) -> None:
    """Has the next run stopped by Ctrl-C at a step."""
    import keras

    from system import listening

    original = listening.watchers

    class CtrlC(keras.callbacks.Callback):
        made = 0

        def on_train_batch_end(self, batch, logs=None):
            self.made += 1
            if self.made == step:
                signal.raise_signal(signal.SIGINT)

    def watchers(*arguments):
        listening.watchers = original
        return [*original(*arguments), CtrlC()]

    listening.watchers = watchers


def run(command: list[str]) -> int:
    """The exit code of a command."""
    if command[0].startswith("@"):
        interrupt_at(int(command[0][1:]))
        command = command[1:]
    sys.argv = [str(ROOT / command[0]), *command[1:]]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as error:
        return error.code
    return 0


def main() -> None:
    words = sys.argv[1:]
    if words[0] == "--without":
        sys.meta_path.insert(0, Without(*words[1].split(",")))
        words = words[2:]
    while words:
        end = words.index("--") if "--" in words else len(words)
        print("exit code", run(words[:end]), flush=True)
        words = words[end + 1 :]


if __name__ == "__main__":
    main()
