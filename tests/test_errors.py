"""Faults come out as one line and an exit code."""

import errno
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import errors
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


@pytest.mark.parametrize(
    "words",
    [
        ["generator.py", "out"],
        ["train.py"],
        ["evaluate.py", "--samples", "a", "--reference", "b"],
        ["prepare.py"],
        ["decode.py", "a.npy", "--out", "out"],
        ["-m", "system.export", "run", "target", "--data", "none"],
    ],
)
def test_without_the_packages_every_command_says_how_to_install_them(words):
    """A Python without its site-packages knows ours and no others."""
    done = subprocess.run(
        [sys.executable, "-S", *words],
        cwd=Path(errors.__file__).parent,
        env={},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    name = "export.py" if "-m" in words else words[0]
    assert done.stderr.startswith(f"{name}: ") and done.stderr.count("\n") == 1
    assert "is not installed; run `make demo` once, then `source .venv/bin/act" in done.stderr


@pytest.mark.parametrize("name", ["system.nothing", "numpy.nothing", "fields", "music", None])
def test_a_missing_module_of_a_package_that_is_there_keeps_its_traceback(name):
    def command():
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    with pytest.raises(ModuleNotFoundError):
        run_command(command)


def test_what_the_first_install_leaves_out_has_its_own_remedy(capsys):
    def command():
        raise ModuleNotFoundError("No module named 'jax'", name="jax")

    with pytest.raises(SystemExit):
        run_command(command)
    assert 'jax is not installed; run `pip install ".[jax]"`' in capsys.readouterr().err


def test_a_wrong_flag_is_one_line():
    parser = Parser(prog="train.py")
    parser.add_argument("--n", type=int)
    for words in (["--n", "x"], ["--m", "1"], ["--n"]):
        with pytest.raises(UserError) as told:
            parser.parse_args(words)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["out", "--archve", "x.zip"], "--archve: there is no such flag; did you mean --archive?"),
        (["out", "--archve=x.zip"], "--archve: there is no such flag; did you mean --archive?"),
        (["out", "--num-workers", "2"], "did you mean --num_workers?"),
        (["out", "-n", "2"], "-n: there is no such flag; did you mean --n?"),
        (["--archve", "x.zip"], "did you mean --archive?"),
        (["out", "--qqqq"], "--qqqq: there is no such flag; --help lists the flags"),
        (["out", "--n", "-3", "more"], "unrecognized arguments: more; --help lists the flags"),
        (["--n", "3"], "required: out_dir; --help lists the flags"),
        (["out", "--archive", "--x=1"], "--archive: expected one argument (a value that begins"),
    ],
)
def test_a_flag_that_is_not_known_is_answered_with_the_nearest(words, said):
    parser = Parser(prog="generator.py")
    parser.add_argument("out_dir")
    parser.add_argument("--archive")
    parser.add_argument("--num_workers", type=int)
    parser.add_argument("--n", type=int)
    with pytest.raises(UserError) as told:
        parser.parse_args(words)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("command", "words", "nearest"),
    [
        ("train", ["--batchsize", "4"], "--batch_size"),
        ("generator", ["songs", "--sampeler", "ddim"], "--sampler"),
        ("evaluate", ["--refrence", "x"], "--reference"),
        ("prepare", ["--data-dir", "x"], "--data_dir"),
        ("decode", ["x.npy", "--representaton", "notes"], "--representation"),
        ("system.export", ["run", "target", "--dat", "x"], "--data"),
    ],
)
def test_every_command_offers_the_nearest_flag(monkeypatch, command, words, nearest):
    monkeypatch.setattr("sys.argv", [command, *words])
    with pytest.raises(UserError, match=f"there is no such flag; did you mean {nearest}"):
        importlib.import_module(command).main()
