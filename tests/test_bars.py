import io
import time

from bars import bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_what_takes_long_and_nothing_remains_of_it():
    terminal = Terminal()
    for _ in bar(range(3), "reading", "files", file=terminal, delay=0.02, mininterval=0):
        time.sleep(0.03)
    assert "reading:" in terminal.getvalue() and " files" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")  # wiped


def test_what_is_quick_shows_no_bar():
    terminal = Terminal()
    assert list(bar(range(3), file=terminal)) == [0, 1, 2]
    assert terminal.getvalue().strip() == ""


def test_where_no_terminal_would_show_it_there_is_none():
    log = io.StringIO()
    for _ in bar(range(3), "reading", file=log, delay=0, mininterval=0):
        time.sleep(0.01)
    assert log.getvalue() == ""
