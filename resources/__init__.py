"""Files that ship with the program: models with their cards, samples, icons, styles and translations."""
