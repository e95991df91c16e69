"""Look at an association as a ladder."""
