"""Connectors against hand-written fakes of the services they speak to."""
