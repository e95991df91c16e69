"""Watch what a receiver takes."""
