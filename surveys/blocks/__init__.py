"""Answers packed by day and summed: so that a refresh costs what is new, and a window of time is a sum."""
