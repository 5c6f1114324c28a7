"""Faces put into pictures: found, measured, bent into place and blended. No network draws them: it is basic."""
