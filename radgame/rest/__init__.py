"""What every room's ``api.py`` is made of: who asks, limits, pages, errors, shapes."""
