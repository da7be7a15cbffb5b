"""The words of mails, a file for each language."""
