import time
import wave

import numpy as np
import pytest
from absl import logging
from symusic import ControlChange, Note, Score, Track

from errors import UserError
from music import Piece, additive, fluid, sound

A4 = Piece.from_notes(0, 960, 69)
needs_fluidsynth = pytest.mark.skipif(
    fluid.program() is None or fluid.bundled_soundfont() is None,
    reason="the fluidsynth program or pretty_midi's soundfont is not installed",
)


@pytest.fixture
def plain(monkeypatch):
    """As on a machine without FluidSynth."""
    monkeypatch.setattr(fluid, "program", lambda: None)


@pytest.fixture(params=["plain", pytest.param("fluidsynth", marks=needs_fluidsynth)])
def either(request):
    if request.param == "plain":
        request.getfixturevalue("plain")
    return request.param


def loudest_frequency(samples: np.ndarray, sample_rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples.mean(axis=1) * np.hanning(len(samples)), 8 * 44_100))
    return float(np.argmax(spectrum) * sample_rate / (8 * 44_100))


@pytest.mark.parametrize(("pitch", "frequency"), [(69, 440.0), (72, 523.25), (81, 880.0)])
@pytest.mark.parametrize("sample_rate", [22_050, 44_100])
def test_a_note_sounds_at_its_pitch(either, pitch, frequency, sample_rate):
    samples, how = sound.render(Piece.from_notes(0, 960, pitch), sample_rate)
    heard = loudest_frequency(samples[:sample_rate], sample_rate)
    # Real pianos are tuned a little wide.
    assert heard == pytest.approx(frequency, rel=0.003 if either == "fluidsynth" else 0.0005)
    assert how.lower().startswith(either)
    assert samples.dtype == np.float32 and samples.ndim == 2


def test_notes_sound_when_they_should(either):
    """Half a second of rest, a note, rest, and the same note at twice the tempo."""
    piece = Piece.from_notes([480, 2400], 240, 69, tempos=[(0, 500_000), (1440, 250_000)])
    samples, _ = sound.render(piece)
    heard = np.abs(samples).max(axis=1)
    starts = (piece.seconds_at(piece.onset) * 44_100).astype(int)
    assert starts.tolist() == [22_050, 88_200]
    for start in starts:
        # A metronome's tolerance before, an attack's after.
        assert heard[start - 1500 : start - 300].max() < 0.02
        assert heard[start : start + 2500].max() > 0.2
    assert len(samples) >= piece.duration_seconds * 44_100


def test_nothing_clips_and_nothing_is_still(either):
    chord = Piece.from_notes([0] * 40, 480, np.arange(40) + 40, 127, track=np.arange(40) % 10)
    samples, _ = sound.render(chord)
    assert np.abs(samples).max() == pytest.approx(0.9, abs=1e-3)
    silence, _ = sound.render(Piece.from_notes([], [], []))
    assert len(silence) and not silence.any()


def test_the_same_piece_sounds_the_same(plain):
    piece = Piece.from_notes([0, 100, 200], 300, [36, 42, 60], is_drum=[1, 1, 0])
    first, _ = sound.render(piece)
    assert (first == sound.render(piece)[0]).all()


def test_louder_is_louder_and_drums_are_noise(plain):
    piece = Piece.from_notes([0, 1920], 480, 69, [40, 120])
    samples, _ = sound.render(piece)
    assert np.abs(samples[: 2 * 44_100]).max() < 0.5 * np.abs(samples[2 * 44_100 :]).max()

    def flatness(samples):
        power = np.abs(np.fft.rfft(samples[:2048, 0])) ** 2 + 1e-12
        return np.exp(np.log(power).mean()) / power.mean()

    snare, _ = sound.render(Piece.from_notes(0, 480, 38, is_drum=True))
    assert flatness(snare) > 20 * flatness(sound.render(A4)[0])


def test_high_notes_do_not_fold_back(plain):
    samples, _ = sound.render(Piece.from_notes(0, 480, 115), 16_000)  # its second harmonic is not
    assert loudest_frequency(samples[:8000], 16_000) == pytest.approx(6271.9, abs=3)
    spectrum = np.abs(np.fft.rfft(samples[:8000, 0] * np.hanning(8000)))
    low = spectrum[: int(5800 / 2)]
    assert low.max() < 0.01 * spectrum.max()


def test_the_log_says_once_that_the_synthesiser_is_plain(plain, monkeypatch):
    said = []
    monkeypatch.setattr(logging, "warning", lambda text, *values: said.append(text % values))
    sound.render(A4)
    assert said == ["FluidSynth is not installed, so the sound is made by a plain synthesiser"]


def test_wav_files_hold_the_samples(either, tmp_path):
    path = tmp_path / "a.wav"
    how = sound.write_wav(A4, path)
    samples, again = sound.render(A4)
    with wave.open(str(path)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, 44_100)
        assert file.getnchannels() == samples.shape[1]
        held = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(samples.shape)
    np.testing.assert_allclose(held / 32767, samples, atol=1 / 32767)
    assert how == again
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.wav"]


@needs_fluidsynth
def test_the_pedals_of_the_file_it_came_from_are_heard():
    short = Piece.from_notes(0, 240, 57)
    score = Score(480)
    score.tracks.append(Track("", 0, False))
    score.tracks[0].notes.append(Note(0, 240, 57, 80))
    score.tracks[0].controls.append(ControlChange(0, 64, 127))
    score.tracks[0].controls.append(ControlChange(1920, 64, 0))
    origin = score.dumps_midi()
    dry, pedalled = (sound.render(short, origin=rest)[0] for rest in (None, origin))
    second = slice(44_100, 66_150)
    assert np.abs(pedalled[second]).mean() > 3 * np.abs(dry[second]).mean()


def test_what_cannot_be_rendered_is_said(tmp_path):
    junk = tmp_path / "junk.sf2"
    junk.write_bytes(b"not a soundfont")
    for path in (tmp_path / "none.sf2", junk, tmp_path):
        with pytest.raises(UserError, match=path.name):
            sound.render(A4, soundfont=path)
    with pytest.raises(ValueError, match="sample_rate"):
        sound.render(A4, sample_rate=100)
    with pytest.raises(UserError, match="hours"):
        sound.render(Piece.from_notes(480 * 2 * 3600 * 4, 1, 60))


@needs_fluidsynth
def test_fluidsynth_takes_a_given_soundfont_and_refuses_a_broken_one(tmp_path):
    given = tmp_path / "mine.sf2"
    given.symlink_to(fluid.bundled_soundfont())
    assert sound.render(A4, soundfont=given)[1] == "FluidSynth with mine.sf2"
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(b"RIFF\0\0\0\0sfbk" + bytes(100))
    with pytest.raises(UserError, match="broken.sf2: FluidSynth cannot play it"):
        sound.render(A4, soundfont=broken)


def test_a_plain_synthesiser_is_quick():
    random = np.random.default_rng(0)
    piece = Piece.from_notes(
        random.integers(0, 480 * 400, 5_000), random.integers(20, 900, 5_000),
        random.integers(30, 100, 5_000),
    )  # fmt: skip
    start = time.process_time()
    additive.play(piece, 44_100)
    assert time.process_time() - start < 5
