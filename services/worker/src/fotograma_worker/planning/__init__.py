"""From a recipe and a scan to segments. Pure."""
