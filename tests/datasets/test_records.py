"""Records written byte by byte are those that TFDS would write."""

import numpy as np
import tensorflow_datasets as tfds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorflow_datasets.core.example_serializer import ExampleSerializer
from tensorflow_datasets.proto import tf_example_pb2

from datasets.builder import PIECE
from datasets.columns import columns_of
from datasets.pop909 import Pop909Builder
from datasets.records import entries_of, example
from tests.music.random_pieces import pieces

MORE = {
    "moved": -0.3,
    "song": 909,
    "beats": np.arange(6, dtype=np.float32).reshape(2, 3),
    "chord_times": np.zeros((0, 2), np.float32),
    "chords": "N\nGb:maj7",
    "key_times": np.ones((1, 2), np.float32),
    "keys": "",
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces(), st.text(), st.integers(-(2**31), 2**31 - 1))
def test_a_record_is_what_tfds_would_write(piece, id, song):
    features = tfds.features.FeaturesDict(PIECE | Pop909Builder.ABOUT)
    values = {"id": id.encode("utf-8", "replace"), **columns_of(piece), **MORE, "song": song}
    serializer = ExampleSerializer(features.get_serialized_info())
    theirs = serializer.serialize_example(features.encode_example(values))
    split = list(values)[:5]
    first = entries_of({name: values.pop(name) for name in split})
    ours = example(first + entries_of(values))
    read = tf_example_pb2.Example.FromString
    assert read(ours) == read(theirs)
