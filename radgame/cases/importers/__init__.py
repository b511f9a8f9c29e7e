"""Datasets as their makers give them out, read into one kind of record."""
