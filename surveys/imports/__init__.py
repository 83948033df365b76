"""Earlier answers from a CSV file: read it, check every row against a plan, store what is good once."""
