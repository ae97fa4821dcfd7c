"""What a run looks like afterwards: each report reads results and journals, and nothing else."""
