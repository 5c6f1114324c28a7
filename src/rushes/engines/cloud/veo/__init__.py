"""Google's Veo through the Gemini API."""
