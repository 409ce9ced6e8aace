"""Corpora, one file each, and the way from their pieces to batches."""
