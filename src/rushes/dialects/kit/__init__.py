"""What all dialects share: endpoints as data, bodies, credentials, limits, problems, the OpenAPI document."""
