"""Servers of the operator's own with OpenAI's API for videos: vLLM-Omni, SGLang Diffusion."""
