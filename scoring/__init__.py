"""What the workers compute: pure libraries that know neither Django nor a clock."""
