"""Messages and topology shared by the services."""
