"""What a survey asks: its questions, the conditions under which they are shown, and its pages."""
