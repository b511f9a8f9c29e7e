"""The engine of a site on PostgreSQL: Django's own, but for one question too many."""
