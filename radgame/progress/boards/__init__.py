"""Boards: who reads how well, in order of rating, for those who wish to be on one."""
