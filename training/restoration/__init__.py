"""Training of the restoration network: tasks, samples, loss and objective."""
