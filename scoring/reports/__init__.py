"""The report game's scorer: a reading against a reference report, without Django."""
