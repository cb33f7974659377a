"""The training loop: settings, optimiser, saved state, loading of batches, several processes."""
