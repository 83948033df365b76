"""Which stored figures may be told."""
