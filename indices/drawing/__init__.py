"""Charts as inline SVG, drawn on the server: geometry in plain functions, the marks in templates."""
