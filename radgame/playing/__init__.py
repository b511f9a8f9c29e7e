"""What every game does alike: sittings, drafts, commits, rescoring, and the pages around them."""
