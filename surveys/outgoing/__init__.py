"""Telling other programs what happens: signed messages, posted to addresses that are not our own
network's."""
