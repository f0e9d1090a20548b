"""Broken files and tables sent through every reader: none may end in an uncaught error."""
