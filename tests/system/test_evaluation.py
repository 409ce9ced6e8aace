"""What evaluate.py reads, keeps, compares and shows."""

import json
import math
import re
import tarfile
import zipfile
from html.parser import HTMLParser

import numpy as np
import pytest

import config as configs
from errors import UserError
from metrics.measure import Value
from metrics.table import Table
from music import Piece, midi
from system.evaluation import columns, compare, curves, of_folders, reading, terminal
from system.evaluation.verdict import Line, Verdict
from system.report import charts, page
from tests.metrics.small import songs


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve songs, a file that is broken and one that holds no notes."""
    path = tmp_path_factory.mktemp("songs")
    for number, piece in enumerate(songs(12), 1):
        midi.write(piece, path / f"song {number}.mid")
    (path / "song 3b.mid").write_bytes(b"MThd and no more")
    midi.write(Piece.from_notes([], [], []), path / "silent.mid")
    return path


def line(name="a", ideal=0.0, value=1.0, error=0.1, data=None, **floors):
    return Line(
        *(name, "Group", "unit", ideal, Value(value, error)),
        None if data is None else Value(data, 0.1),
        {n: Value(v, 0.1) for n, v in floors.items()},
    )


# -- reading -----------------------------------------------------------------------------------


def test_files_come_in_the_order_a_person_counts(folder):
    found = reading.of_folder(folder, 100)
    assert found.names == [f"song {n}.mid" for n in range(1, 13)]
    assert len(found) == 12 and found.files == 14
    assert reading.of_folder(folder, 5).names == found.names[:5]


def test_a_zip_and_a_folder_in_it_are_read_alike(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"deep/songs/{path.name}")
        archive.write(folder / "song 1.mid", "other/song 1.mid")
    inside = reading.of_folder(tmp_path / "all.zip" / "deep" / "songs", 100)
    outside = reading.of_folder(folder, 100)
    assert inside.names == outside.names and inside.files == outside.files
    assert inside.pieces == outside.pieces
    assert reading.of_folder(tmp_path / "all.zip", 100).files == 15
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(folder, "songs")
    assert reading.of_folder(tmp_path / "all.tar.gz" / "songs", 100).pieces == outside.pieces


def test_a_corpus_is_read_by_its_split():
    config = configs.Config(songs=40)
    test = reading.read("demo:test", config, [], 100)
    train = reading.read("demo:train", config, [], 7)
    assert len(train) == 7 and not set(test.names) & set(train.names)
    with pytest.raises(UserError, match="'train'"):
        reading.read("demo:trian", config, [], 7)


@pytest.mark.parametrize("name", ["none", "none.zip", "none:test"])
def test_what_is_not_there_is_named(tmp_path, name):
    with pytest.raises(UserError, match=name):
        reading.read(str(tmp_path / name), configs.Config(), [], 10)


def test_a_folder_without_music_is_refused(tmp_path):
    with pytest.raises(UserError, match="no MIDI file"):
        reading.of_folder(tmp_path, 10)


def test_fillings_find_their_originals():
    pairs = of_folders.paired(
        ["a.mid", "b 1.mid", "b 2.mid", "take 1.mid", "c.mid"], ["b.mid", "a.midi", "take 1.mid"]
    )
    assert pairs == [(0, 1), (1, 0), (2, 0), (3, 2)]


def test_the_page_shows_of_fillings_the_gap_and_the_bars_around_it():
    originals = songs(6)  # of whole bars of four beats
    filled = [piece.with_resolution(960) for piece in originals]
    names = [f"{n}.mid" for n in range(6)]
    found = [reading.Found("somewhere", names, pieces, 6) for pieces in (filled, originals)]
    tables = Table.of(originals), Table.of(filled)
    shown = of_folders.gaps_shown(*found, tables, (3, 4))
    assert list(shown.gaps) == [(8, 12)] * 4  # two bars before it
    for (_, sample), (_, data) in zip(shown.samples, shown.data, strict=True):
        assert len(data) and np.allclose(sample.onset / 960, data.onset / data.ticks_per_beat)
        assert data.onset.max() < 20 * data.ticks_per_beat
    for table in shown.tables:
        assert len(table) and ((table.onset >= 12) & (table.onset < 16)).all()


def test_a_zip_with_a_damaged_member_is_named(folder, tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "song 1.mid", "a.mid")
        start = archive.getinfo("a.mid").header_offset + 30 + len("a.mid")
    content = bytearray(path.read_bytes())
    content[start : start + 4] = b"\xff\xff\xff\xff"  # no block of deflate begins so
    path.write_bytes(content)
    with pytest.raises(UserError, match="all.zip: cannot be read as a zip"):
        reading.of_folder(path, 10)


# -- the verdict -------------------------------------------------------------------------------


def test_what_is_kept_is_read_back(tmp_path):
    lines = [line(halves=0.2, noise=3.0), line("b", None, 0.5, data=0.7), line("c", error=math.nan)]
    Verdict("infill", {"seed": 3, "bars": [1, 2]}, lines).write(tmp_path / "metrics.json")
    read = Verdict.read(tmp_path / "metrics.json")
    assert read.task == "infill" and read.about == {"seed": 3, "bars": [1, 2]}
    assert read.lines[:2] == lines[:2] and math.isnan(read.lines[2].value.error)
    assert read.floors == ["halves", "noise"]
    assert "NaN" not in (tmp_path / "metrics.json").read_text()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"task": "a", "measures": 1, "rows": [{}]}'])
def test_what_is_no_verdict_is_refused(tmp_path, text):
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(UserError, match=re.escape("metrics.json")):
        Verdict.read(tmp_path / "metrics.json")


def test_the_ideal_is_a_constant_or_the_datas_own():
    assert line(ideal=1.0, value=0.75).off(Value(0.75, 0)) == 0.25
    assert line(ideal=None, data=0.5).off(Value(0.75, 0)) == 0.25
    assert math.isnan(line(ideal=None).wanted)


def test_novelty_wants_to_be_as_new_as_held_out_music():
    pieces = songs(24)
    judged = columns.judge_set(Table.of(pieces[:8]), Table.of(pieces[8:]), None, None, 10, 0)
    found = {entry.name: entry for entry in judged.lines}
    copy = found["longest copy"]
    assert copy.wanted == copy.floors[columns.HALVES].value > 2
    assert found["distinct pieces"].wanted == 1
    assert set(found["pitch KL"].floors) == {columns.HALVES, columns.SHUFFLED, columns.NOISE}


def test_an_untrained_model_and_what_was_trained_on_have_their_place():
    pieces = songs(24)
    tables = [Table.of(part) for part in (pieces[:8], pieces[8:16], pieces[:8], pieces[16:])]
    judged = columns.judge_set(*tables, 10, 0)
    found = {entry.name: entry for entry in judged.lines}
    assert found["nearest neighbour"].value.value == 0  # they are the training pieces
    assert found["nearest neighbour"].wanted > 0
    assert columns.UNTRAINED in found["pitch KL"].floors
    assert columns.UNTRAINED in found["longest copy"].floors


# -- comparing ---------------------------------------------------------------------------------


def kept(path, about=None, **values):
    path.mkdir(parents=True)
    lines = [line(name, value=value) for name, value in values.items()]
    Verdict("unconditional", {"reference": "x", **(about or {})}, lines).write(
        path / "metrics_unconditional.json"
    )
    return path


def test_a_difference_must_exceed_both_intervals_together():
    base = line(value=1.0, error=0.3)
    assert compare.difference(base, line(value=1.4, error=0.4)) == pytest.approx((0.4, 0.5))
    assert compare.told(base, line(value=1.4, error=0.4)) == ""
    assert compare.told(base, line(value=1.6, error=0.4)) == "worse"
    assert compare.told(base, line(value=0.4, error=0.4)) == "better"
    near, far = (line(ideal=None, data=2.0, value=v, error=0.1) for v in (2.1, 1.0))
    assert compare.told(far, near) == "better" and compare.told(near, far) == "worse"
    assert compare.told(base, line(value=math.nan)) == ""


def test_runs_stand_side_by_side(tmp_path):
    paths = [kept(tmp_path / "a", one=1.0, two=2.0), kept(tmp_path / "b" / "evaluation", one=0.5)]
    paths[1] = tmp_path / "b"
    table = compare.table(paths, compare.verdicts(paths, "unconditional")).splitlines()
    assert table[0].split()[:3] == ["a", "b", "difference"]
    one, two = (next(row for row in table if f"  {n}" in row) for n in ("one", "two"))
    assert "-0.5" in one and one.endswith("better")
    assert "–" in two


def test_what_cannot_be_compared_is_refused(tmp_path):
    first = kept(tmp_path / "a", one=1.0)
    other = kept(tmp_path / "b", {"reference": "y"}, one=1.0)
    with pytest.raises(UserError, match="reference"):
        compare.verdicts([first, other], "unconditional")
    (tmp_path / "c").mkdir()
    with pytest.raises(UserError, match="metrics_unconditional.json"):
        compare.verdicts([first, tmp_path / "c"], "unconditional")


def test_the_terminals_table_is_aligned():
    rows = terminal.table(Verdict("t", {}, [line(halves=0.25), line("long name")])).splitlines()
    assert rows[0].split() == ["samples", "ideal", "halves"]
    assert rows[1] == "GROUP"
    assert rows[2].index("1.000 ±0.100") == rows[3].index("1.000 ±0.100")
    assert terminal.figure(0.0001) == "1.0e-04" and terminal.figure(math.nan) == "–"


# -- the page ----------------------------------------------------------------------------------


class Page(HTMLParser):
    """What a page consists of and refers to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.references = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.references += [v for n, v in attributes if n in ("src", "href", "srcset")]
        if tag not in ("meta", "img", "rect", "line", "polyline"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A page of eight songs by sixteen others, one of them named to break it."""
    pieces = songs(24)
    tables = Table.of(pieces[:8]), Table.of(pieces[8:])
    judged = columns.judge_set(*tables, None, None, 10, 0)
    verdict = Verdict("unconditional", {"title": "a < b & c", "facts": ["<i>"]}, judged.lines)
    names = [f"<script>{n}" for n in range(8)], [f"data {n}" for n in range(16)]
    exhibit = page.Exhibit(
        list(zip(names[0][:2], pieces[:2], strict=True)),
        list(zip(names[1][:2], pieces[8:10], strict=True)),
        *(tables, names, judged.novelty),
        {"training": [(10, 2.0), (20, 1.0)], "held out": [(20, 1.5), (30, math.nan)]},
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    page.write(path, verdict, exhibit)
    return path.read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_beside_it(shown):
    read = Page(shown)
    assert read.open == []
    assert all(reference.startswith("data:") for reference in read.references)
    assert "script" not in read.tags and "link" not in read.tags and "i" not in read.tags
    assert "@import" not in shown and "url(" not in shown
    assert read.tags.count("img") == 4
    assert "nan" not in re.sub(r"base64,[^\"]*", "", shown).lower().replace("resonan", "")


def test_the_page_shows_every_measure_and_floor(shown):
    for wanted in ("Fréchet distance", "longest copy", columns.HALVES, columns.NOISE, "held out"):
        assert wanted in shown
    assert shown.count('<svg class="strip"') > 30
    assert shown.count('<svg class="chart"') >= 9


def test_near_means_as_near_as_the_data_to_itself():
    halves = {columns.HALVES: 0.25}
    assert page.is_near(line(value=0.3, error=0.0, **halves))
    assert not page.is_near(line(value=0.5, error=0.0, **halves))
    assert page.is_near(line(value=0.5, error=0.3, **halves))
    assert page.is_near(line(value=0.5, noise=0.6)) is None
    assert page.is_near(line(value=math.nan, **halves)) is None


def test_a_histogram_is_drawn_to_scale():
    svg = charts.histogram("x", np.array([1, 3]), np.array([2, 2]), ["a", "b"])
    heights = [float(h) for h in re.findall(r'rect[^>]*height="([\d.]+)"', svg)]
    assert heights == [heights[0]] * 2  # the data are even
    points = re.search(r'points="([^"]*)"', svg)[1].split()
    floor = float(re.search(r'y1="([\d.]+)"', svg)[1])
    low, high = (floor - float(points[i].split(",")[1]) for i in (0, 2))
    assert high == pytest.approx(3 * low, abs=0.2)
    assert heights[0] == pytest.approx(2 * low, abs=0.2)


def test_the_curve_of_a_run_is_read_from_its_log(tmp_path):
    assert curves.of_run(tmp_path) == {}
    (tmp_path / "log.csv").write_text("epoch,loss,step,val_loss\n0,2.0,5,\n1,1.0,10,1.5\n")
    assert curves.of_run(tmp_path) == {
        "training": [(5, 2.0), (10, 1.0)],
        "held out": [(10, 1.5)],
    }


def test_the_kept_json_has_what_a_reader_needs(folder, tmp_path, caplog):
    args = type("Args", (), {})()
    given = {
        "samples": str(folder), "reference": str(folder), "training": None, "most": 100,
        "data_dir": None, "archive": None, "task": "unconditional", "resamples": 5, "seed": 2,
        "n": 100, "bars": None,
    }  # fmt: skip
    for name, value in given.items():
        setattr(args, name, value)
    of_folders.evaluate(args, "python evaluate.py", tmp_path)
    assert [record.getMessage() for record in caplog.records] == [
        f"{folder}: judged by itself; nothing can differ",
        *[f"{folder}: few pieces (12), wide intervals"] * 2,
    ]
    content = json.loads((tmp_path / "metrics_unconditional.json").read_text())
    few = f"{folder}: few pieces (12), wide intervals"
    assert content["facts"].count(few) == 1
    assert f"<li>{few}</li>" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert content["seed"] == 2 and content["version"] and content["command"]
    rows = {row["name"]: row for row in content["rows"]}
    assert rows["valid files"]["value"]["value"] == pytest.approx(12 / 14)
    assert rows["pitch KL"]["value"]["value"] == 0 and rows["pitch KL"]["ideal"] == 0
    scale = rows["scale consistency"]
    assert scale["value"]["value"] == scale["data"]["value"] and scale["ideal"] is None
