"""From the bytes of a data set to dump text."""
