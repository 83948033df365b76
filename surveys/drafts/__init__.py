"""A survey while it is written: changing its parts, seeing it whole, and instruments made from a model."""
