"""Downloads from a server of our own: resumed, checked, and never half there."""

import hashlib
import http.server
import re
import threading

import pytest

from datasets import official
from datasets.download import fetch
from datasets.official import Archive
from errors import UserError

CONTENT = bytes(range(256)) * 4000


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT as its class attributes say."""

    cut_after: int | None = None  # bytes of an answer before the connection breaks
    ranges = True
    status: int | None = None
    content = CONTENT
    asked: list[str | None] = []

    def do_GET(self):
        kind = type(self)
        wanted = self.headers.get("Range")
        kind.asked.append(wanted)
        if kind.status:
            self.send_error(kind.status)
            return
        start = int(re.match(r"bytes=(\d+)-", wanted)[1]) if wanted and kind.ranges else 0
        if start and start >= len(kind.content):
            self.send_error(416)
            return
        body = kind.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if kind.cut_after is None else body[: kind.cut_after])

    def log_message(self, *words):
        """Nothing on the screen."""


@pytest.fixture
def served():
    """The class of the server, as it was before, and the archive that it serves."""
    Server.cut_after, Server.ranges, Server.status = None, True, None
    Server.content, Server.asked = CONTENT, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/corpus.zip"
    yield Server, Archive(url, hashlib.sha256(CONTENT).hexdigest())
    server.shutdown()
    server.server_close()


def test_a_whole_file_is_fetched_once(served, tmp_path):
    server, archive = served
    path = fetch(archive, tmp_path / "d")
    assert path.read_bytes() == CONTENT and path.name == "corpus.zip"
    assert fetch(archive, tmp_path / "d") == path and len(server.asked) == 1
    assert [p.name for p in path.parent.iterdir()] == ["corpus.zip"]


def test_a_broken_connection_is_gone_on_with(served, tmp_path):
    server, archive = served
    server.cut_after = 300_000
    assert fetch(archive, tmp_path, wait=0).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]


def test_a_later_call_goes_on_where_an_earlier_stopped(served, tmp_path):
    server, archive = served
    server.cut_after = 1000
    with pytest.raises(UserError, match=r"put it at .*corpus\.zip"):
        fetch(archive, tmp_path, wait=0)
    assert [p.name for p in tmp_path.iterdir()] == ["corpus.zip.part"]
    server.cut_after = None
    assert fetch(archive, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == "bytes=5000-"


def test_a_server_without_ranges_begins_anew(served, tmp_path):
    server, archive = served
    server.ranges = False
    (tmp_path / "corpus.zip.part").write_bytes(b"what was here")
    assert fetch(archive, tmp_path).read_bytes() == CONTENT


def test_a_part_that_is_the_whole_needs_no_more(served, tmp_path):
    _, archive = served
    (tmp_path / "corpus.zip.part").write_bytes(CONTENT)
    assert fetch(archive, tmp_path).read_bytes() == CONTENT


def test_a_wrong_file_is_never_kept(served, tmp_path):
    server, archive = served
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(UserError, match="SHA-256"):
        fetch(archive, tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "corpus.zip").write_bytes(b"something else")
    with pytest.raises(UserError, match="not the published archive"):
        fetch(archive, tmp_path)


def test_refusals_and_silence_say_what_to_do(served, tmp_path):
    server, archive = served
    server.status = 404
    with pytest.raises(UserError, match="404.*--archive"):
        fetch(archive, tmp_path, wait=0)
    nobody = Archive("http://127.0.0.1:9/corpus.zip", "0")
    with pytest.raises(UserError, match="cannot be fetched.*refused"):
        fetch(nobody, tmp_path, wait=0)


def test_what_is_missing_is_told_with_address_checksum_and_place():
    for name, variants in official.ARCHIVES.items():
        told = official.how_to_get(name)
        first = next(iter(variants.values()))
        for part in (first.url, first.sha256, str(official.DOWNLOADS / first.file), "--archive"):
            assert part in told
        assert all(re.fullmatch("[0-9a-f]{64}", a.sha256) for a in variants.values())
        with pytest.raises(UserError, match="--variant"):
            official.archive_of(name, "9.9")
    assert official.POP909 in official.how_to_get("pop909")
    with pytest.raises(UserError, match="no published archive"):
        official.archive_of("folder", None)
