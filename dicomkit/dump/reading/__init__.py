"""From dump text to a data set."""
