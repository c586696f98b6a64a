"""The customers of the fixed orders: invented, all reachable at example.com."""

from demo.orders.head import Address, Customer

JUERGEN = Customer(
    10_000_002, "Jürgen", "Weißmüller", "juergen.weissmueller@example.com",
    Address("Königstraße", "12 b", "01097", "Dresden", "DE", "SN"),
)  # fmt: skip
URS = Customer(
    10_000_003, "Urs", "Ämmitaler", "urs.aemmitaler@example.com",
    Address("Bahnhofstrasse", "15", "8001", "Zürich", "CH", "ZH"), company="Ämmitaler Messtechnik AG", language="de",
)  # fmt: skip
GESINE = Customer(
    10_000_004, "Gesine", "Größl", "einkauf@example.com",
    Address("An der Mühle", "7", "48143", "Münster", "DE", "NW"), company="Größl & Söhne Metallbau GmbH & Co. KG",
)  # fmt: skip
OEZLEM = Customer(
    10_000_005, "Özlem", "Yildirim", "oezlem.yildirim@example.com",
    Address("Sonnenallee", "203", "12059", "Berlin", "DE", "BE"),
)  # fmt: skip
PAUL = Customer(
    10_000_006, "Paul", "Sørensen", "paul.soerensen@example.com",
    Address("Flensburger Straße", "31", "24837", "Schleswig", "DE", "SH"),
)  # fmt: skip
MARLENE = Customer(
    10_000_008, "Marlene", "Fußenegger", "marlene.fussenegger@example.com",
    Address("Lindauer Gasse", "2", "88131", "Lindau (Bodensee)", "DE", "BY"), language="en",
)  # fmt: skip
EMILY = Customer(
    10_000_010, "Emily", "Carter", "emily.carter@example.com",
    Address("Maple Avenue", "1420", "10013", "New York", "US", "NY"), language="en",
)  # fmt: skip
HEINRICH = Customer(
    10_000_011, "Heinrich", "Löwe", "heinrich.loewe@example.com",
    Address("Kaiserdamm", "88", "14057", "Berlin", "DE", "BE"),
)  # fmt: skip
BUEROWELT = Customer(
    10_000_012, "Annegret", "Schönfelder", "rechnung@example.com",
    Address("Gewerbepark Süd", "4-6", "90411", "Nürnberg", "DE", "BY"),
    company="Gesellschaft für angewandte Büroausstattung und Raumgestaltung Schönfelder mbH & Co. KG",
)  # fmt: skip
