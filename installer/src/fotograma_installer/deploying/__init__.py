"""From decisions to a product that answers. Each step looks first, and can be run again."""
