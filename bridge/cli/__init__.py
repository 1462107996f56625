"""The command line: what one command does. The commands themselves are declared in ``bridge.__main__``."""
