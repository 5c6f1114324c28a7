"""Placeholder until the reference page lands."""


def page(document):
    return "<html></html>"
