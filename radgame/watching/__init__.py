"""How one sees what the site does: lines of the log, metrics, signs of life, the page of work."""
