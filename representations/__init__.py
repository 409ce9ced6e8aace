"""Pieces to arrays and back, one file each."""
