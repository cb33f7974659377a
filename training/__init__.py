"""Training and evaluation of DFPIR: data, synthesis of degradations, training loop, publishing, and the commands."""
