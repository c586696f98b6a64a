"""Pictures that a page carries inside itself."""

from base64 import b64decode
from io import BytesIO

from PIL import Image


def picture_in(url: str) -> Image.Image:
    """The picture of a `data:` URL."""
    return Image.open(BytesIO(b64decode(url.partition(",")[2])))
