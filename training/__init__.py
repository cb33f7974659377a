"""Training and measuring of DFPIR: data, synthesis of degradations, the training loop and its commands."""
