import pytest

from files import replacing


def test_the_file_changes_only_when_all_went_well(tmp_path):
    path = tmp_path / "score.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path and temporary.suffix == ".txt"
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    for fault in (ValueError, KeyboardInterrupt):
        with pytest.raises(fault), replacing(path) as temporary:
            temporary.write_text("half")
            raise fault
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told_by_the_users_name(tmp_path):
    path = tmp_path / "none" / "score.txt"
    with pytest.raises(FileNotFoundError) as caught, replacing(path):
        raise AssertionError("never reached")
    assert caught.value.filename == str(path)


def test_a_folder_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "score").mkdir()
    with pytest.raises(OSError), replacing(tmp_path / "score") as temporary:
        temporary.write_text("new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["score"]


def test_the_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "plain").write_text("")
    with replacing(tmp_path / "replaced") as temporary:
        temporary.write_text("")
    assert (tmp_path / "replaced").stat().st_mode == (tmp_path / "plain").stat().st_mode
