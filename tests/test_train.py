"""What train.py makes of its flags, before anything is trained."""

import pytest

import train
from config import DATASETS, PRESETS, resolve
from datasets.crew import Crew
from datasets.open import Request, corpus_of, windows_at
from errors import UserError
from representations.notes import Notes
from system import weights
from system.checks import check
from system.run_folder import RunFolder


@pytest.fixture
def parsed(monkeypatch):
    """The flags of a command line."""

    def parse(*words):
        monkeypatch.setattr("sys.argv", ["train.py", *words])
        return train.flags()

    return parse


KEPT = resolve("notes", "tiny", "demo", {"training.batch_size": "4", "training.steps": "10"})


def test_resuming_keeps_the_config_but_for_where_to_stop(parsed):
    assert train.continued(parsed("--resume"), KEPT) == KEPT
    longer = train.continued(parsed("--resume", "--steps", "20"), KEPT)
    assert longer.training.steps == 20 and longer.network == KEPT.network


def test_the_same_command_again_with_resume_is_accepted(parsed):
    words = ["--size", "tiny", "--dataset", "demo", "--batch_size", "4", "--steps", "10"]
    assert train.continued(parsed("--resume", *words), KEPT) == KEPT


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--batch_size", "8"], "training.batch_size"),
        (["--set", "process.schedule=linear"], "process.schedule"),
        (["--seed", "1"], "seed"),
        (["--mixed_precision"], "training.mixed_precision"),
        (["--size", "base"], "tiny"),
        (["--dataset", "folder"], "demo"),
    ],
)
def test_resuming_as_something_else_is_refused(parsed, words, named):
    with pytest.raises(UserError, match=named):
        train.continued(parsed("--resume", *words), KEPT)


@pytest.mark.parametrize("words", [["--set", "training.steps"], ["--steps", "1.5"]])
def test_what_cannot_be_read_is_refused(parsed, words):
    with pytest.raises(UserError):
        resolve("notes", "tiny", "demo", train.asked(parsed(*words)))


@pytest.mark.parametrize("devices", ["two", "0", "gpu", "gpu:0;gpu:1", "tpu:0", ""])
def test_devices_are_read_at_once(parsed, devices):
    with pytest.raises(UserError, match="devices"):
        parsed("--devices", devices)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("training.batch_size", "0"),
        ("training.save_every", "0"),
        ("training.steps", "-1"),
        ("training.learning_rate", "0"),
        ("training.learning_rate", "nan"),
        ("training.ema", "1"),
        ("sampling.sampler", "dpm"),
        ("sampling.steps", "2000"),
        ("sampling.tile", "0"),
        ("songs", "0"),
    ],
)
def test_numbers_that_cannot_work_are_named(field, value):
    with pytest.raises(UserError, match=field):
        check(resolve("notes", "tiny", "demo", {field: value}))


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        ("trio", "network.depth", "0"),
        ("trio", "network.width", "0"),
        ("trio", "network.kernel", "0"),
        ("roll", "network.kernel", "3,0"),
        ("notes", "network.heads", "0"),
    ],
)
def test_a_network_of_nothing_is_refused(model, field, value):
    with pytest.raises(UserError, match=f"{field}: 0 is too small"):
        check(resolve(model, "tiny", "demo", {field: value}))


@pytest.mark.parametrize("model", PRESETS)
@pytest.mark.parametrize("size", ["tiny", "small", "base"])
def test_every_preset_is_one_that_can_work(model, size):
    for dataset in DATASETS:
        check(resolve(model, size, dataset, {}))


def test_weights_of_another_model_are_refused_before_anything_is_made(tmp_path, monkeypatch):
    words = ["train.py", "--model=trio", "--init_from", str(weights.HOME / "melody.npz")]
    monkeypatch.setattr("sys.argv", words)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="those weights are of melody and this trains trio"):
        train.main()
    assert not list(tmp_path.iterdir())


def test_the_samplers_told_without_loading_are_those_there_are():
    from config import SAMPLERS
    from diffusion.binomial import Binomial
    from diffusion.gaussian import Gaussian
    from diffusion.unmasking import NAMES

    assert set(SAMPLERS["gaussian"]) == set(Gaussian().samplers)
    assert SAMPLERS["absorbing"] == NAMES
    assert set(SAMPLERS["binomial"]) == set(Binomial(ratio=0.1).samplers)


@pytest.mark.parametrize(("words", "said"), [([], 1), (["--dataset", "demo"], 0)])
def test_that_no_corpus_was_named_is_said_only_then(words, said, tmp_path, monkeypatch, caplog):
    def made(*arguments):
        corpus_of(KEPT, Request(), Crew(0))
        raise UserError("enough")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["train.py", "--size", "tiny", *words])
    monkeypatch.setattr(train, "windows_for", made)
    with pytest.raises(UserError, match="enough"):
        train.main()
    told = [record.getMessage() for record in caplog.records]
    assert told.count(train.NO_CORPUS) == said
    assert sum("composing the demo corpus" in line for line in told) == 1
    assert sum("no corpus named" in line for line in told) == said


def test_a_demo_that_is_given_files_is_a_misunderstanding(tmp_path):
    with pytest.raises(UserError, match="--dataset folder"):
        corpus_of(KEPT, Request([tmp_path]), Crew(0))


def test_a_run_goes_on_with_its_windows_and_others_are_refused(parsed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = resolve("notes", "tiny", "demo", {"songs": "10", "representation.length": "16"})
    windows = train.windows_for(parsed(), config, None)
    run = RunFolder.create(tmp_path / "run", config, {}, {"windows": str(windows.path)})
    monkeypatch.setattr("datasets.open.corpus_of", None)  # nothing is encoded again
    assert train.windows_for(parsed("--resume"), config, run).path == windows.path
    with pytest.raises(UserError, match="length"):
        windows_at(windows.path, Notes(length=32, pitch="midi"))
    with pytest.raises(UserError, match="pitch"):
        windows_at(windows.path, Notes(length=16, pitch="frequency"))


def test_windows_say_which_corpus_they_are(parsed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert train._prepared_dataset(parsed()) == "demo"
    config = resolve("notes", "tiny", "demo", {"songs": "10", "representation.length": "16"})
    path = train.windows_for(parsed(), config, None).path
    assert train._prepared_dataset(parsed("--windows", str(path))) == "demo"
    with pytest.raises(UserError, match="--windows"):
        parsed("--windows", str(path), "--data_dir", "midi")
