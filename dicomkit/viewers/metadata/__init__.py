"""Look at what files say: every entry, every element, side by side."""
