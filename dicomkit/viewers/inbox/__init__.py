"""Watch what a receiver stores."""
