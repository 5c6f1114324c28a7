"""Text from an OpenAI-compatible service that the operator names: `engine.UpstreamText`."""
