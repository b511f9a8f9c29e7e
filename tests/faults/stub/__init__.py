"""What stands in for a model in the fault tests, as an app of their settings."""
