"""The embedded stack behind `fotograma up`, `make up` and the tests."""
