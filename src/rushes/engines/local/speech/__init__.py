"""Text to speech: text → what is said (`wording`) → pieces of phonemes (`pieces`) → sound (`kokoro`)."""
