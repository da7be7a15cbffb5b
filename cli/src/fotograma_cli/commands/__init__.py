"""The command line: arguments and options, and which function they go to."""
