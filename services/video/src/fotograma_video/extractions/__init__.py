"""From a recipe to an archive: use cases, process manager, dispatcher."""
