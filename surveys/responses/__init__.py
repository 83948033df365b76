"""What was answered: taking it in, what looks careless in it, leaving it out, showing it, taking it back."""
