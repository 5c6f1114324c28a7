"""A picture of a person, small and square. This function blocks; callers run it in a thread."""

from __future__ import annotations

from pathlib import Path

from rushes.media.checks import BadMedia

SIDE = 256
MIME = "image/webp"


def save_avatar(source: Path, target: Path) -> None:
    """Write the middle of a checked picture as a WebP of SIDE x SIDE pixels, drawn anew: no metadata stays.

    Of an animated picture it is the first frame. Raises BadMedia.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(source) as image:
            upright = ImageOps.exif_transpose(image)
            square = ImageOps.fit(upright.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
            # Onto a picture of its own: what Pillow carries along with the old one stays behind.
            fresh = Image.new("RGBA", square.size)
            fresh.paste(square)
            fresh.save(target, "WEBP", quality=88)
    except (OSError, SyntaxError, ValueError) as error:
        raise BadMedia("the image is damaged or incomplete") from error
