"""What changed between periods and segments, whether they may be compared, and how that is told."""
