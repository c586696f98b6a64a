"""The seller's logo as a mail shows it: small enough to travel with every mail, and of a kind that all programs know.

Mail programs show PNG, JPEG and GIF. Others are made into a PNG where that can be done; an SVG drawing cannot, and the
mail then begins with the seller's name.
"""

from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock

from PIL import Image

from documents.pictures import SVG, Size, printable
from documents.request import Picture

SHOWN: Size = (180, 60)
"""CSS pixels that it may take at most."""
SENT: Size = (2 * SHOWN[0], 2 * SHOWN[1])
"""Fine screens show two of theirs for one."""
MEDIA_TYPE = "image/png"
_one_at_a_time = Lock()


@dataclass(frozen=True)
class MailLogo:
    """A PNG, and how large it is shown, in CSS pixels."""

    content: bytes = field(repr=False)
    width: int
    height: int


def mail_logo(picture: Picture) -> MailLogo | None:
    """The picture as it goes into a mail; None where mails cannot show it. Takes processor time.

    It is put on white: programs with a dark ground would let a dark logo vanish.
    """
    if picture.media_type == SVG:
        return None
    with _one_at_a_time:
        sent = printable(picture, SENT)
    if sent is None:
        return None
    with Image.open(BytesIO(sent.content)) as image:
        scale = min(1.0, SHOWN[0] / image.width, SHOWN[1] / image.height)
        width, height = (max(1, round(side * scale)) for side in image.size)
    return MailLogo(sent.content, width, height)
