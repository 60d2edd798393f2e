"""Registers of persons who do not exist, and what the line makes of them held against the truth."""
