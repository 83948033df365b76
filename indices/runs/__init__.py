"""The life of a run, from what is due to what is stored."""
