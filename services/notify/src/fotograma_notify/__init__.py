"""The notify service: recipients and the mail they get."""
