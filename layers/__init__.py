"""Keras layers that several networks share, written in keras.ops alone."""
