"""Measures of pieces: pure functions on note tables."""
