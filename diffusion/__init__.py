"""Processes and their samplers, one file each: arrays and noise, no music and no networks."""
