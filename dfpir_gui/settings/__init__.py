"""Settings that are kept from one start to the next, and the private folders of the program."""
