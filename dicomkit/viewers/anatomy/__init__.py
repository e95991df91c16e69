"""Look at the bytes of a file, and change one."""
