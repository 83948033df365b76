"""A run as a folder that computes it again outside: model, answers or moments, results, commands."""
