"""The training loop: configuration, optimiser, state, several processes."""
