"""Quotas: how many finished answers of each kind of people are taken."""
