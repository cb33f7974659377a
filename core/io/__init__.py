"""Files written in one step, temporary files, and safe opening of files."""
