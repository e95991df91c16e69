"""Look at images: window, zoom, scroll, probe, link."""
