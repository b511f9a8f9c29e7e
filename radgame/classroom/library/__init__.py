"""Case sets as instructors make them: search, rules, the sets themselves."""
