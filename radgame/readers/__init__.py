"""Readers who never sign in: radiologists of a dataset, and models, played by the games' rules."""
