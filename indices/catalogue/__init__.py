"""Instruments as managers read them, and bringing ones of their own."""
