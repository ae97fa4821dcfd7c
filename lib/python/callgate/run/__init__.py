"""One run: its directory, its tests one after another, their verdicts."""
