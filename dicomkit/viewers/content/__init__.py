"""Contents: reports as trees, waveforms as curves, documents to save, presentation states as text."""
