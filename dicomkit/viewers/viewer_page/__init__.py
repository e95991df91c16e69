"""The viewers on a page of their own: files are dropped on it, and Python answers in a worker of the same browser."""
