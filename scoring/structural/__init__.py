"""Structural models: specification, both estimators, their verdicts, indices and comparability."""
