"""What several applications share: the models, and the engine with a configuration of its own."""
