"""From files to tests: finds them, reads YAML with positions, validates, selects."""
