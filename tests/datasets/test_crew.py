"""Workers may crash, hang or eat memory: each costs its own task, and order and count hold."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from datasets.crew import Crew
from datasets.sources import Dropped

ROOT = Path(__file__).parents[2]


def work(task):
    """Squares a number, or does what a word says."""
    match task:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "leave":
            os._exit(3)
        case "hang":
            time.sleep(60)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "eat":
            return np.ones(2**29).sum()
        case "fail":
            raise KeyError("x")
        case "drop":
            raise Dropped("for a reason")
        case "slow":
            for _ in range(30):
                time.sleep(0.05)
            return task
        case "big":
            return bytes(3_000_000)
    return task * task


def test_results_come_in_order_whatever_the_number_of_workers():
    for size in (0, 1, 3):
        with Crew(size) as crew:
            for count in (0, 1, 7, 200):
                expected = [(n, n * n) for n in range(count)]
                assert list(crew.map(work, range(count))) == expected


def test_few_tasks_are_in_flight():
    taken = []

    def tasks():
        for n in range(1000):
            taken.append(n)
            yield n

    with Crew(2) as crew:
        for done, _ in enumerate(crew.map(work, tasks())):
            assert len(taken) - done <= 100


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("crash", "crashed its reader (SIGSEGV)"),
        ("leave", "crashed its reader"),
        ("hang", "took its reader longer than 3 s"),
        ("stop", "took its reader longer than 3 s"),
        ("eat", "needs more memory than a worker has"),
        ("fail", "made its reader fail (KeyError)"),
        ("drop", "for a reason"),
    ],
)
def test_a_fault_costs_its_own_task(fault, told):
    tasks = [1, 2, fault, 3, *range(40), fault, "big", 5]
    # A busy machine may hold up the others for a second too: only these two run out of time.
    seconds = 3.0 if fault in ("hang", "stop") else 60.0
    with Crew(2, seconds=seconds, memory=2**30) as crew:
        outcomes = list(crew.map(work, tasks))
        assert [task for task, _ in outcomes] == tasks
        for task, outcome in outcomes:
            if task == fault:
                assert isinstance(outcome, Dropped) and str(outcome) == told
            else:
                assert outcome == work(task)
        assert list(crew.map(work, [4])) == [(4, 16)]


def test_every_task_may_be_a_crash():
    with Crew(2) as crew:
        outcomes = [outcome for _, outcome in crew.map(work, ["crash"] * 20)]
    assert len(outcomes) == 20 and all(isinstance(outcome, Dropped) for outcome in outcomes)


def test_a_pass_given_up_half_way_leaves_a_crew_that_works():
    with Crew(2) as crew:
        first = crew.map(work, ["big"] * 100)
        assert next(first)[0] == "big"
        first.close()
        assert list(crew.map(work, range(50))) == [(n, n * n) for n in range(50)]


def test_workers_end_with_the_one_they_work_for(tmp_path):
    script = tmp_path / "main.py"
    script.write_text(
        "import os, sys, time\n"
        f"sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]\n"
        "if __name__ == '__main__':\n"
        "    from datasets.crew import Crew\n"
        "    from test_crew import work\n"
        "    crew = Crew(2)\n"
        "    run = crew.map(work, range(1000))\n"
        "    next(run)\n"
        "    print(*[worker.process.pid for worker in crew._workers], flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    workers = [int(word) for word in process.stdout.readline().split()]
    assert len(workers) == 2
    process.kill()
    process.wait()
    patience = time.monotonic() + 20
    while any(map(_lives, workers)) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not any(map(_lives, workers))


def test_a_pause_of_everything_is_nobodys_fault(tmp_path):
    """As when a laptop or a container sleeps: no task took longer for it."""
    script = tmp_path / "main.py"
    script.write_text(
        "import sys, time\n"
        f"sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parent)!r}]\n"
        "if __name__ == '__main__':\n"
        "    from datasets.crew import Crew\n"
        "    from test_crew import work\n"
        "    with Crew(1, seconds=6.0) as crew:\n"
        "        for _, outcome in crew.map(work, [1, 'slow', 2]):\n"
        "            print(outcome, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    first = process.stdout.readline()
    time.sleep(0.3)  # it is at the slow one
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(7)
    os.killpg(process.pid, signal.SIGCONT)
    rest, _ = process.communicate(timeout=120)
    assert (first + rest).split() == ["1", "slow", "4"]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
