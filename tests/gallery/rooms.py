"""All that the gallery shows, room by room."""

from tests.gallery import contents, credit_notes, languages, looks, own_template, payments, taxes
from tests.gallery.exhibit import Exhibit

ROOMS = (looks.ROOM, languages.ROOM, taxes.ROOM, contents.ROOM, payments.ROOM, credit_notes.ROOM, own_template.ROOM)
EXHIBITS: tuple[Exhibit, ...] = tuple(exhibit for room in ROOMS for exhibit in room.exhibits)
