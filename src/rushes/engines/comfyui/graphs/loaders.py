"""Which nodes and which model files a graph asks its host for."""

from __future__ import annotations

from rushes.engines.comfyui.graphs.recipe import Graph

_FOLDERS = {
    ("CheckpointLoaderSimple", "ckpt_name"): "checkpoints",
    ("ImageOnlyCheckpointLoader", "ckpt_name"): "checkpoints",
    ("CheckpointLoader", "ckpt_name"): "checkpoints",
    ("LTXAVTextEncoderLoader", "ckpt_name"): "checkpoints",
    ("LTXAVTextEncoderLoader", "text_encoder"): "text_encoders",
    ("LTXVAudioVAELoader", "ckpt_name"): "checkpoints",
    ("UNETLoader", "unet_name"): "diffusion_models",
    ("DreamIDV_ModelLoader_Wrapper_TTP", "dreamidv_model"): "diffusion_models",
    ("DreamIDV_ModelLoader_Wrapper_TTP", "t5_checkpoint"): "text_encoders",
    ("CLIPLoader", "clip_name"): "text_encoders",
    ("DualCLIPLoader", "clip_name1"): "text_encoders",
    ("DualCLIPLoader", "clip_name2"): "text_encoders",
    ("TripleCLIPLoader", "clip_name1"): "text_encoders",
    ("TripleCLIPLoader", "clip_name2"): "text_encoders",
    ("TripleCLIPLoader", "clip_name3"): "text_encoders",
    ("VAELoader", "vae_name"): "vae",
    ("Echo_LoadModel", "vae"): "vae",
    ("LoraLoader", "lora_name"): "loras",
    ("LoraLoaderModelOnly", "lora_name"): "loras",
    ("ControlNetLoader", "control_net_name"): "controlnet",
    ("CLIPVisionLoader", "clip_name"): "clip_vision",
    ("AudioEncoderLoader", "audio_encoder_name"): "audio_encoders",
    ("LatentUpscaleModelLoader", "model_name"): "latent_upscale_models",
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("StyleModelLoader", "style_model_name"): "style_models",
    ("ADE_LoadAnimateDiffModel", "model_name"): "animatediff_models",
    ("LoadMoGeModel", "model_name"): "geometry_estimation",
}
"""Inputs that name a file, and the folder below models/ in which ComfyUI looks for it."""


def nodes_of(graph: Graph) -> set[str]:
    """The node classes of a graph."""
    return {node["class_type"] for node in graph.values()}


def files_of(graph: Graph) -> frozenset[tuple[str, str]]:
    """The model files that a graph names: (folder below models/, name)."""
    return frozenset(
        (folder, value)
        for node in graph.values()
        for key, value in node["inputs"].items()
        if (folder := _FOLDERS.get((node["class_type"], key))) is not None and isinstance(value, str)
    )
