"""What the bridge does, one module per verb. Synchronous: the caller runs a flow in a worker thread."""
