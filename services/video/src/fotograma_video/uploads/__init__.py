"""Videos that come in: as a form, or in parts straight to the object storage."""
