"""Instruments without a structural model: what their runs compute, and their report."""
