"""Where to act: drivers by importance and performance, what is expected of them, segments in their order."""
