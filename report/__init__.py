"""The report game: a learner writes what a film shows and is marked finding by finding."""
