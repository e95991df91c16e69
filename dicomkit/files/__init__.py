"""Files: building, reading and finding one's way in them."""
