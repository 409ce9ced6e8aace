"""Faults come out as one line and an exit code."""

import errno

import pytest

from errors import MachineError, Parser, UserError, run_command


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (UserError("--n: wrong"), 2, "--n: wrong"),
        (MachineError("the disk is full"), 1, "the disk is full"),
        (OSError(errno.ENOSPC, "No space left on device", "a.mid"), 1, "a.mid: No space left"),
        (OSError(errno.EFBIG, "File too large", "a.mid"), 1, "a.mid: File too large"),
        (OSError(errno.EACCES, "Permission denied", "a.mid"), 2, "a.mid: Permission denied"),
        (MemoryError(), 1, "out of memory"),
        (ResourceExhaustedError("OOM when allocating\nand more"), 1, "OOM when allocating"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_every_foreseen_fault_has_its_line_and_code(capsys, monkeypatch, fault, code, said):
    monkeypatch.setattr("sys.argv", ["/somewhere/train.py"])

    def command():
        raise fault

    with pytest.raises(SystemExit) as left:
        run_command(command)
    assert left.value.code == code
    line = capsys.readouterr().err
    assert line.startswith(f"train.py: {said}") and line.count("\n") == 1


def test_our_own_faults_keep_their_traceback():
    def command():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(command)


def test_a_wrong_flag_is_one_line():
    parser = Parser(prog="train.py")
    parser.add_argument("--n", type=int)
    for words in (["--n", "x"], ["--m", "1"], ["--n"]):
        with pytest.raises(UserError) as told:
            parser.parse_args(words)
        assert "\n" not in str(told.value)
