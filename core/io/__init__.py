"""Files written in one step, temporary files, safe opening of files, and the reader of PyTorch files."""
