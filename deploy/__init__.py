"""The Django project: settings, addresses, queue, and the ways to run them."""
