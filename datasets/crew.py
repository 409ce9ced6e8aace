"""Worker processes that may die: what kills one costs the task it was at, and nothing else."""

import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing import connection
from typing import Any

from datasets.sources import Dropped
from errors import MachineError

SECONDS = 30.0
MEMORY = 3 * 2**30
CHUNK = 8
CHUNKS_AHEAD = 4
PRELOADED = ["datasets.ingest"]
READY = "ready"
GRACE = 60.0
GLANCE = 1.0


class Crew:
    """`size` processes that apply functions to tasks; 0 works in this process, unguarded.

    A task that takes longer than `seconds`, ends its process or asks for more than `memory`
    bytes has a `Dropped` as its outcome, and so has one whose function raises.
    """

    def __init__(self, size: int, seconds: float = SECONDS, memory: int = MEMORY):
        self.size, self.seconds, self.memory = size, seconds, memory
        self._workers: list[_Worker] = []

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *exception) -> None:
        for worker in self._workers:
            worker.end(0.0 if worker.tasks else 0.5)
        self._workers = []

    def map(
        self, function: Callable[[Any], Any], tasks: Iterable[Any]
    ) -> Iterator[tuple[Any, Any]]:
        """(task, outcome) of every task, in order; few tasks are ever in flight."""
        if not self.size:
            for task in tasks:
                yield task, outcome_of(function, task)
            return
        self._workers = self._workers or [_Worker(self.memory) for _ in range(self.size)]
        try:
            yield from _Run(self._workers, function, tasks, self.seconds, self.memory).results()
        finally:
            # Given up half way: nobody waits for what is still being worked on.
            self._workers = [
                worker.replaced(self.memory) if worker.tasks else worker for worker in self._workers
            ]


def outcome_of(function: Callable[[Any], Any], task: Any) -> Any:
    """What a function makes of a task, with its faults as reasons to drop it."""
    try:
        return function(task)
    except Dropped as reason:
        return reason
    except MemoryError:
        return Dropped("needs more memory than a worker has")
    # 178,000 files hold every fault there is; none of them may stop the others.
    except Exception as error:
        return Dropped(f"made its reader fail ({type(error).__name__})")


class _Worker:
    """One process and the tasks it was given, as (place, task)."""

    def __init__(self, memory: int):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, memory), daemon=True)
        self.process.start()
        theirs.close()
        self.tasks: deque[tuple[int, Any]] = deque()
        self.ready = False
        self.since = time.monotonic()

    def give(self, function: Callable, tasks: list[tuple[int, Any]]) -> None:
        self.tasks.extend(tasks)
        self.since = time.monotonic()
        self.connection.send((function, [task for _, task in tasks]))

    def late(self, seconds: float) -> float:
        """Seconds until it has taken too long."""
        return self.since + (seconds if self.ready else GRACE) - time.monotonic()

    def end(self, patience: float = 0.0) -> str:
        """Ends the process, after `patience` seconds by force, and says how it had ended."""
        self.connection.close()
        self.process.join(patience)
        code = self.process.exitcode
        self.process.kill()
        self.process.join()
        self.process.close()
        if code is not None and code < 0:
            return f"crashed its reader ({signal.Signals(-code).name})"
        return "crashed its reader"

    def replaced(self, memory: int) -> "_Worker":
        self.end()
        return _Worker(memory)


class _Run:
    """One pass over some tasks."""

    def __init__(self, workers, function, tasks, seconds: float, memory: int):
        self.workers, self.function = workers, function
        self.seconds, self.memory = seconds, memory
        self.coming = enumerate(tasks)
        self.waiting: deque[tuple[int, Any]] = deque()  # taken from a worker that died
        self.done: dict[int, tuple[Any, Any]] = {}
        self.next = 0
        self.taken = 0

    def results(self) -> Iterator[tuple[Any, Any]]:
        self._hand_out()
        while any(worker.tasks for worker in self.workers) or self.done:
            while self.next in self.done:
                yield self.done.pop(self.next)
                self.next += 1
            self._hand_out()
            self._collect()

    def _hand_out(self) -> None:
        for worker in self.workers:
            if worker.tasks:
                continue
            chunk = [self.waiting.popleft()] if self.waiting else []
            allowed = self.next + CHUNK * CHUNKS_AHEAD * len(self.workers) - self.taken
            if not chunk:
                chunk = list(islice(self.coming, max(0, min(CHUNK, allowed))))
                self.taken += len(chunk)
            if chunk:
                try:
                    worker.give(self.function, chunk)
                except OSError:  # it died between two tasks; `_collect` finds it
                    worker.since = time.monotonic()

    def _collect(self) -> None:
        """Takes in what there is, waiting for something; replaces who died or took too long."""
        busy = [worker for worker in self.workers if worker.tasks]
        if not busy:
            return
        patience = min(GLANCE, max(0.0, min(worker.late(self.seconds) for worker in busy)))
        began = time.monotonic()
        heard = set(connection.wait([worker.connection for worker in busy], patience))
        # Who waits much longer than it asked to was stopped itself, or starved, and so were the
        # workers: that time is not counted against them.
        overslept = time.monotonic() - began - patience
        if overslept > GLANCE:
            for worker in busy:
                worker.since += overslept
        for worker in busy:
            try:
                while worker.tasks and (worker.connection in heard or worker.connection.poll()):
                    heard.discard(worker.connection)
                    self._take(worker, worker.connection.recv())
            except (EOFError, OSError):
                self._replace(worker, None)
                continue
            if worker.tasks and worker.late(self.seconds) <= 0:
                self._replace(worker, f"took its reader longer than {self.seconds:g} s")

    def _take(self, worker: _Worker, message: Any) -> None:
        worker.since = time.monotonic()
        if not worker.ready:
            worker.ready = message == READY
            return
        place, task = worker.tasks.popleft()
        self.done[place] = (task, message)

    def _replace(self, worker: _Worker, reason: str | None) -> None:
        if not worker.ready:
            raise MachineError("worker processes do not start here; --num_workers 0 uses none")
        (place, task), *others = worker.tasks
        fate = worker.end(0.0 if reason else 5.0)
        self.done[place] = (task, Dropped(reason or fate))
        self.waiting.extend(others)
        self.workers[self.workers.index(worker)] = _Worker(self.memory)


def _serve(channel: connection.Connection, memory: int) -> None:
    """What a worker does until nobody is left to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked decides when to stop
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    allowed = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        channel.send(READY)
        while True:
            function, tasks = channel.recv()
            for task in tasks:
                channel.send(outcome_of(function, task))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
