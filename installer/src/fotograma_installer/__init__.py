"""Brings Fotograma onto AWS, from one file of decisions: config/fotograma.yaml."""
