"""Answers that call for attention, and what is done about them."""
