"""What a command line's words become, and what it is told when they fit nothing."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from config import (
    DATASETS,
    PRESETS,
    SIZES,
    Binomial,
    Config,
    from_dict,
    resolve,
    to_json,
)
from errors import UserError
from fields import change, known


@dataclasses.dataclass(frozen=True)
class Kinds:
    """One field of every kind that a config may have."""

    whole: int = 1
    number: float = 1.0
    word: str = "a"
    truth: bool = False
    many: tuple[int, ...] = (1, 2)
    perhaps: float | None = None
    choice: Literal["up", "down"] = "up"


def asked(size="tiny", dataset="demo", **changes):
    """`resolve`, with part__field for part.field."""
    return resolve("notes", size, dataset, {k.replace("__", "."): v for k, v in changes.items()})


def told(call, *arguments, **changes) -> str:
    """The message of the error that a call ends in."""
    with pytest.raises(UserError) as caught:
        call(*arguments, **changes)
    return str(caught.value)


def test_nothing_asked_is_the_preset():
    for model, preset in PRESETS.items():
        found = resolve(model, "base", "folder", {})
        assert found == dataclasses.replace(preset, model=model, size="base", dataset="folder")


def test_later_wins(monkeypatch):
    """Defaults, then preset, then size, then corpus, then what the user changed."""
    path = "network.heads"
    layers = {"default": Config().network.heads, "preset": 11, "size": 12, "dataset": 13, "user": 9}
    preset = change(Config(), path, layers["preset"])

    def heads(*present):
        monkeypatch.setitem(PRESETS, "notes", preset if "preset" in present else Config())
        monkeypatch.setitem(
            SIZES["note_unet"], "tiny", {path: layers["size"]} if "size" in present else {}
        )
        monkeypatch.setitem(
            DATASETS, "folder", {path: layers["dataset"]} if "dataset" in present else {}
        )
        changes = {path: str(layers["user"])} if "user" in present else {}
        return resolve("notes", "tiny", "folder", changes).network.heads

    names = list(layers)
    for count in range(1, len(names) + 1):
        assert heads(*names[:count]) == layers[names[count - 1]]
        assert heads(names[0], names[count - 1]) == layers[names[count - 1]]


def test_only_what_was_asked_changes():
    plain, changed = asked("base"), asked("base", process__steps="20", training__clip_norm="1.5")
    assert changed.process.steps == 20 and changed.training.clip_norm == 1.5
    assert plain == change(change(changed, "process.steps", 1000), "training.clip_norm", None)


def test_the_choice_is_kept_in_the_config():
    found = asked("small", "folder")
    assert (found.model, found.size, found.dataset) == ("notes", "small", "folder")


@pytest.mark.parametrize("name", ["model", "size", "dataset"])
def test_a_flag_that_brings_other_fields_is_not_set_alone(name):
    assert f"choose it with --{name}" in told(resolve, "notes", "tiny", "demo", {name: "x"})


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("whole", "12", 12),
        ("whole", "-3", -3),
        ("number", "1e-4", 1e-4),
        ("number", "2", 2.0),
        ("word", "cosine", "cosine"),
        ("word", "none", "none"),
        ("truth", "true", True),
        ("truth", "False", False),
        ("many", "1,2,3", (1, 2, 3)),
        ("many", "(1, 2, 3,)", (1, 2, 3)),
        ("many", "[4]", (4,)),
        ("perhaps", "None", None),
        ("perhaps", "0.5", 0.5),
        ("choice", "down", "down"),
    ],
)
def test_words_are_read_as_the_fields_kind(field, text, value):
    found = getattr(change(Kinds(), field, text), field)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        ("whole", 3, 3),
        ("number", 3, 3.0),
        ("many", [4, 5], (4, 5)),
        ("many", (4, 5), (4, 5)),
        ("perhaps", None, None),
        ("perhaps", 2, 2.0),
        ("truth", True, True),
    ],
)
def test_values_of_the_fields_kind_are_taken(field, given, value):
    found = getattr(change(Kinds(), field, given), field)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "given", "wanted"),
    [
        ("whole", "1.5", "a whole number"),
        ("whole", 1.0, "a whole number"),
        ("whole", True, "a whole number"),
        ("whole", None, "a whole number"),
        ("whole", "", "a whole number"),
        ("number", "fast", "a number"),
        ("number", False, "a number"),
        ("word", 3, "a word"),
        ("word", None, "a word"),
        ("truth", "yes", "true or false"),
        ("truth", "1", "true or false"),
        ("truth", 1, "true or false"),
        ("many", "1,x", "a list of whole numbers such as 1,2,3"),
        ("many", "", "a list of whole numbers such as 1,2,3"),
        ("many", 3, "a list of whole numbers such as 1,2,3"),
        ("many", [1.5], "a list of whole numbers such as 1,2,3"),
        ("many", [True], "a list of whole numbers such as 1,2,3"),
        ("perhaps", "often", "a number or none"),
        ("perhaps", True, "a number or none"),
        ("choice", "Down", "one of up, down"),
        ("choice", 0, "one of up, down"),
        ("choice", None, "one of up, down"),
    ],
)
def test_other_values_are_refused_with_what_is_wanted(field, given, wanted):
    assert told(change, Kinds(), field, given) == f"{field}: {given!r} is not {wanted}"


def test_an_unknown_choice_is_met_with_the_nearest():
    assert told(resolve, "note", "tiny", "demo", {}) == (
        "--model: there is no 'note'; did you mean 'notes'?"
    )
    assert told(asked, "tinny") == "--size: there is no 'tinny'; did you mean 'tiny'?"
    assert told(asked, "huge") == "--size: there is no 'huge'; choose from base, small, tiny"
    assert "'dmeo'; did you mean 'demo'?" in told(asked, dataset="dmeo")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("sede", "there is no field 'sede'; did you mean 'seed'?"),
        ("training.step", "there is no field 'step'; did you mean 'steps'?"),
        ("trainin.steps", "there is no field 'trainin'; did you mean 'training'?"),
        ("sampling.zzz", "there is no field 'zzz'; choose from batch_size, chunk, "),
        ("sampling.", "there is no field ''; choose from batch_size, "),
        ("seed.x.y", "seed is a value and has no field 'x.y'"),
        ("process", "name one of its fields, as in process.steps"),
        ("training.steps", "'x' is not a whole number"),
        ("training.clip_norm", "'x' is not a number or none"),
        ("training.jit_compile", "'x' is not one of auto, true, false"),
        ("network.widths", "'x' is not a list of whole numbers such as 1,2,3"),
    ],
)
def test_a_wrong_change_is_named_with_its_remedy(path, message):
    assert told(resolve, "notes", "tiny", "demo", {path: "x"}).startswith(f"{path}: {message}")


def test_known_gives_a_known_name_back():
    assert known("--model", "notes", PRESETS) == "notes"


def test_a_config_survives_json():
    changed = asked("small", "folder", network__widths="8,9", training__clip_norm="1", seed=5)
    for config in (Config(), changed, asked(training__clip_norm=None)):
        assert from_dict(json.loads(to_json(config))) == config


def test_json_of_another_version_is_read_strictly():
    values = json.loads(to_json(asked()))
    del values["sampling"], values["process"]["shift"]
    assert from_dict(values) == asked()
    values["process"]["shfit"] = 2.0
    assert told(from_dict, values) == (
        "process.shfit: there is no field 'shfit'; did you mean 'shift'?"
    )
    values["process"] = {"steps": 10.5}
    assert told(from_dict, values) == "process.steps: 10.5 is not a whole number"
    values["process"] = 7
    assert "process: name one of its fields" in told(from_dict, values)


def test_json_without_a_field_has_the_presets_value(monkeypatch):
    monkeypatch.setitem(PRESETS, "notes", change(Config(), "process.steps", 17))
    assert from_dict({"model": "notes", "seed": 3}).process.steps == 17
    assert from_dict({"model": "a preset that is no more"}) == dataclasses.replace(
        Config(), model="a preset that is no more"
    )


def test_nothing_can_be_assigned():
    config = Config()
    parts = [getattr(config, field.name) for field in dataclasses.fields(config)]
    for part in (config, *filter(dataclasses.is_dataclass, parts)):
        for field in dataclasses.fields(part):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(part, field.name, None)
    hash(config)


def test_every_combination_resolves():
    for model, preset in PRESETS.items():
        for size, changes in SIZES[preset.network.kind].items():
            for dataset in DATASETS:
                found = resolve(model, size, dataset, {})
                for path, value in changes.items():
                    part, name = path.split(".")
                    assert getattr(getattr(found, part), name) == value


def test_reading_a_config_loads_nothing_heavy():
    code = "import sys, config; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    root = Path(__file__).parents[1]
    loaded = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    loaded = {name.partition(".")[0] for name in loaded.split()}
    assert "config" in loaded
    assert not loaded & {"keras", "tensorflow", "jax", "torch", "numpy", "absl"}


def test_a_part_of_another_kind_begins_with_the_defaults_of_that_kind():
    found = asked("base", process__ratio="0.1", process__kind="binomial", process__steps="30")
    assert found.process == Binomial(steps=30, ratio=0.1)
    assert from_dict(json.loads(to_json(found))) == found
    assert asked("base", process__kind="gaussian") == asked("base")
