"""What the commands share: assembling a system, training it, keeping it and drawing from it."""
