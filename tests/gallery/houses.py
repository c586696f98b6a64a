"""Who sells what to whom in the gallery, in twelve languages: nobody who exists, with numbers that pass every check."""

# ruff: noqa: RUF001 - names are spelled as they are

from dataclasses import dataclass
from decimal import Decimal

from invoicing.draft import TaxTreatment
from invoicing.invoice import Address, Buyer, Seller, TaxCategory


def gln(digits: str) -> str:
    """An electronic address by a GLN (ISO 6523 ICD 0088); the check digit is put after twelve digits."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"0088:{digits}{-total % 10}"


def taxed(rate: str) -> TaxTreatment:
    """At the standard rate, or any other above zero."""
    return TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(rate))


@dataclass(frozen=True)
class Goods:
    """Something on the price list."""

    name: str
    price: str
    quantity: str = "1"
    unit: str = "H87"
    is_reduced: bool = False


@dataclass(frozen=True)
class House:
    """A seller with a buyer, goods and the taxes of the country."""

    language: str
    locale: str
    currency: str
    seller: Seller
    buyer: Buyer
    goods: tuple[Goods, ...]
    rate: str
    reduced: str

    def tax(self, goods: Goods) -> TaxTreatment:
        return taxed(self.reduced if goods.is_reduced else self.rate)


def seller(name: str, address: Address, domain: str, **members: str) -> Seller:
    """Everything that a structured invoice may want to know of a seller."""
    known = {"contact": name, "phone": "+49 40 5550 1234", "email": f"rechnung@{domain}.example"}
    return Seller(name=name, address=address, **known | members)


GERMAN = House(
    language="de",
    locale="de_DE",
    currency="EUR",
    seller=seller(
        "Nordlicht Handel GmbH",
        Address(street="Speicherstraße", street_number="12a", zip_code="20457", city="Hamburg", country="DE"),
        "nordlicht",
        contact="Wiebke Petersen",
        tax_id="DE136695976",
        tax_number="22/815/08151",
        registration_id="HRB 123456",
        peppol_id=gln("401234500001"),
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
    ),
    buyer=Buyer(
        customer_id="K-10482",
        name="Mustermann & Söhne KG",
        email="einkauf@mustermann.example",
        peppol_id=gln("400999900020"),
        reference="Einkauf Berlin, KST 4402",
        address=Address(
            company="Mustermann & Söhne KG",
            contact="Erika Mustermann",
            street="Lindenallee",
            street_number="5",
            extra_lines=("Hinterhaus, 3. OG",),
            zip_code="10115",
            city="Berlin",
            country="DE",
        ),
        tax_id="DE811907980",
    ),
    goods=(
        Goods("Teekanne aus Gusseisen, 0,8 l", "64.90", "2"),
        Goods("Notizbuch A5, punktkariert", "12.50", "10"),
        Goods("Kaffee, ganze Bohne", "18.40", "2.5", "KGM", is_reduced=True),
        Goods("Wollschal „Fjord“, nachtblau", "59.00"),
        Goods("Schreibtischlampe mit Messingfuß, dimmbar", "149.00"),
        Goods("Leinenservietten, 4er-Set", "24.95", "3", "SET"),
        Goods("Bilderrahmen Eiche 30 x 40 cm", "32.00", "4"),
        Goods("Apfelsaft, naturtrüb", "2.19", "12", "LTR", is_reduced=True),
        Goods("Montage vor Ort", "68.00", "1.5", "HUR"),
        Goods("Gartenschlauch, Meterware", "3.75", "25", "MTR"),
    ),
    rate="19",
    reduced="7",
)
BRITISH = House(
    language="en",
    locale="en_GB",
    currency="GBP",
    seller=seller(
        "Foxglove & Daughters Ltd",
        Address(street="Clerkenwell Close", street_number="41", zip_code="EC1R 0AU", city="London", country="GB"),
        "foxglove",
        contact="Imogen Hartley",
        phone="+44 20 7946 0123",
        tax_id="GB980780684",
        peppol_id=gln("501234500002"),
        iban="GB29NWBK60161331926819",
        bic="NWBKGB2L",
    ),
    buyer=Buyer(
        customer_id="C-7731",
        name="Thistledown Bookshop",
        email="orders@thistledown.example",
        peppol_id=gln("509999900022"),
        address=Address(
            company="Thistledown Bookshop",
            street="Broad Street",
            street_number="18",
            zip_code="OX1 3AS",
            city="Oxford",
            country="GB",
        ),
    ),
    goods=(
        Goods("Cast-iron teapot, 0.8 l", "54.00", "2"),
        Goods("Notebook A5, dotted", "9.95", "12"),
        Goods("Whole-bean coffee", "21.60", "1.5", "KGM"),
        Goods("Desk lamp with brass foot", "139.00"),
        Goods("Oak picture frame, 30 x 40 cm", "28.50", "4"),
        Goods("Fitting on site", "62.00", "2.25", "HUR"),
    ),
    rate="20",
    reduced="5",
)
AMERICAN = House(
    language="en",
    locale="en_US",
    currency="USD",
    seller=seller(
        "Lakeside Goods Inc.",
        Address(street="Wacker Drive", street_number="233", zip_code="60606", city="Chicago", state="IL", country="US"),
        "lakeside",
        contact="Dana Whitfield",
        phone="+1 312 555 0142",
        tax_id="36-1234567",
    ),
    buyer=Buyer(
        customer_id="C-20188",
        name="John Q. Public",
        email="john@public.example",
        address=Address(
            street="Elm Street", street_number="1428", zip_code="62704", city="Springfield", state="IL", country="US"
        ),
    ),
    goods=(
        Goods("Cast-iron skillet, 12 inch", "49.95"),
        Goods("Maple cutting board", "38.00", "2"),
        Goods("Cold-brew coffee", "4.25", "24"),
        Goods("Canvas work apron, indigo", "62.50"),
    ),
    rate="8.875",
    reduced="2.25",
)
FRENCH = House(
    language="fr",
    locale="fr_FR",
    currency="EUR",
    seller=seller(
        "Maison Duvallon SARL",
        Address(street="rue des Étoiles", street_number="7", zip_code="69002", city="Lyon", country="FR"),
        "duvallon",
        contact="Hélène Duvallon",
        phone="+33 4 78 55 01 23",
        tax_id="FR40303265045",
        peppol_id=gln("301234500003"),
        iban="FR1420041010050500013M02606",
        bic="PSSTFRPPLYO",
    ),
    buyer=Buyer(
        customer_id="CL-0417",
        name="Librairie L’Œil-de-bœuf",
        email="achats@oeildeboeuf.example",
        peppol_id=gln("309999900023"),
        address=Address(street="rue Lepic", street_number="15", zip_code="75018", city="Paris", country="FR"),
        tax_id="FR83404833048",
    ),
    goods=(
        Goods("Théière en fonte, 0,8 l", "64.90", "2"),
        Goods("Carnet A5 à points, couverture toilée", "11.80", "10"),
        Goods("Café en grains « Été indien »", "19.20", "2.5", "KGM", is_reduced=True),
        Goods("Lampe de bureau, pied en laiton", "145.00"),
        Goods("Cadre en chêne 30 x 40 cm", "34.50", "3"),
        Goods("Pose à domicile", "58.00", "1.5", "HUR"),
    ),
    rate="20",
    reduced="5.5",
)
SPANISH = House(
    language="es",
    locale="es_ES",
    currency="EUR",
    seller=seller(
        "Taller Peñalba, S.L.",
        Address(street="Calle de la Señera", street_number="23", zip_code="46002", city="València", country="ES"),
        "penalba",
        contact="Íñigo Peñalba",
        phone="+34 963 55 01 23",
        tax_id="ESB58378431",
        peppol_id=gln("841234500004"),
        iban="ES9121000418450200051332",
        bic="CAIXESBBXXX",
    ),
    buyer=Buyer(
        customer_id="CLI-209",
        name="Papelería Núñez e Hijos",
        email="compras@nunez.example",
        peppol_id=gln("849999900024"),
        address=Address(street="Plaza Mayor", street_number="4", zip_code="37002", city="Salamanca", country="ES"),
        tax_id="ESA13585625",
    ),
    goods=(
        Goods("Tetera de hierro fundido, 0,8 l", "61.50", "2"),
        Goods("Cuaderno A5 punteado", "10.90", "10"),
        Goods("Café en grano de tueste natural", "17.80", "2.5", "KGM", is_reduced=True),
        Goods("Lámpara de escritorio con pie de latón", "139.00"),
        Goods("Instalación a domicilio", "55.00", "1.5", "HUR"),
    ),
    rate="21",
    reduced="10",
)
ITALIAN = House(
    language="it",
    locale="it_IT",
    currency="EUR",
    seller=seller(
        "Bottega Farfalla S.r.l.",
        Address(street="Via dei Tigli", street_number="9", zip_code="50123", city="Firenze", country="IT"),
        "farfalla",
        contact="Niccolò Bellandi",
        phone="+39 055 555 0123",
        tax_id="IT00743110157",
        peppol_id=gln("801234500005"),
        iban="IT60X0542811101000000123456",
        bic="BLOPIT22",
    ),
    buyer=Buyer(
        customer_id="C-3318",
        name="Libreria Città Alta",
        email="ordini@cittaalta.example",
        peppol_id=gln("809999900025"),
        address=Address(street="Piazza Vecchia", street_number="2", zip_code="24129", city="Bergamo", country="IT"),
        tax_id="IT12345670017",
    ),
    goods=(
        Goods("Teiera in ghisa, 0,8 l", "62.00", "2"),
        Goods("Taccuino A5 puntinato", "11.20", "10"),
        Goods("Caffè in grani, tostatura artigianale", "18.60", "2.5", "KGM", is_reduced=True),
        Goods("Lampada da tavolo con base in ottone", "142.00"),
        Goods("Montaggio presso il cliente", "52.00", "1.5", "HUR"),
    ),
    rate="22",
    reduced="10",
)
DUTCH = House(
    language="nl",
    locale="nl_NL",
    currency="EUR",
    seller=seller(
        "De Vliegende Vos B.V.",
        Address(street="Prinsengracht", street_number="263", zip_code="1016 GV", city="Amsterdam", country="NL"),
        "vliegendevos",
        contact="Sanne de Vries",
        phone="+31 20 555 0123",
        tax_id="NL004495445B01",
        peppol_id=gln("871234500006"),
        iban="NL91ABNA0417164300",
        bic="ABNANL2A",
    ),
    buyer=Buyer(
        customer_id="K-5521",
        name="Boekhandel ’t Ezelsoor",
        email="inkoop@ezelsoor.example",
        address=Address(street="Oudegracht", street_number="112", zip_code="3511 AW", city="Utrecht", country="NL"),
        tax_id="NL123456782B90",
    ),
    goods=(
        Goods("Gietijzeren theepot, 0,8 l", "63.00", "2"),
        Goods("Notitieboek A5, gestippeld", "10.75", "10"),
        Goods("Koffiebonen uit eigen branderij", "18.90", "2.5", "KGM", is_reduced=True),
        Goods("Bureaulamp met messing voet", "144.00"),
        Goods("Montage aan huis", "57.50", "1.5", "HUR"),
    ),
    rate="21",
    reduced="9",
)
POLISH = House(
    language="pl",
    locale="pl_PL",
    currency="PLN",
    seller=seller(
        "Żółty Dzięcioł Sp. z o.o.",
        Address(street="ul. Świętojańska", street_number="8/4", zip_code="81-368", city="Gdynia", country="PL"),
        "dzieciol",
        contact="Łucja Wiśniewska",
        phone="+48 58 555 01 23",
        tax_id="PL8567346215",
        peppol_id=gln("590123400007"),
        iban="PL61109010140000071219812874",
        bic="WBKPPLPP",
    ),
    buyer=Buyer(
        customer_id="KL-884",
        name="Księgarnia „Pod Gęsią”",
        email="zakupy@podgesia.example",
        peppol_id=gln("599999900026"),
        address=Address(street="ul. Długa", street_number="27", zip_code="31-147", city="Kraków", country="PL"),
        tax_id="PL5260250274",
    ),
    goods=(
        Goods("Czajniczek żeliwny, 0,8 l", "249.00", "2"),
        Goods("Notes A5 w kropki", "44.90", "10"),
        Goods("Kawa ziarnista „Źródło”", "89.00", "2.5", "KGM", is_reduced=True),
        Goods("Lampa biurkowa z mosiężną podstawą", "559.00"),
        Goods("Montaż u klienta", "180.00", "1.5", "HUR"),
    ),
    rate="23",
    reduced="5",
)
PORTUGUESE = House(
    language="pt",
    locale="pt_PT",
    currency="EUR",
    seller=seller(
        "Andorinha & Irmãos, Lda.",
        Address(street="Rua das Flores", street_number="88", zip_code="4050-262", city="Porto", country="PT"),
        "andorinha",
        contact="Conceição Magalhães",
        phone="+351 22 555 0123",
        tax_id="PT501964843",
        peppol_id=gln("560123400008"),
        iban="PT50000201231234567890154",
        bic="BSCHPTPL",
    ),
    buyer=Buyer(
        customer_id="CL-1290",
        name="Livraria João-de-Barro",
        email="compras@joaodebarro.example",
        peppol_id=gln("569999900027"),
        address=Address(street="Largo do Chão", street_number="3", zip_code="3000-213", city="Coimbra", country="PT"),
        tax_id="PT503504564",
    ),
    goods=(
        Goods("Bule de ferro fundido, 0,8 l", "60.50", "2"),
        Goods("Caderno A5 pontilhado", "10.40", "10"),
        Goods("Café em grão, torra média", "17.20", "2.5", "KGM", is_reduced=True),
        Goods("Candeeiro de secretária em latão", "137.00"),
        Goods("Instalação ao domicílio", "48.00", "1.5", "HUR"),
    ),
    rate="23",
    reduced="6",
)
JAPANESE = House(
    language="ja",
    locale="ja_JP",
    currency="JPY",
    seller=seller(
        "株式会社きたかぜ商店",
        Address(
            street="銀座四丁目", street_number="5-6", zip_code="104-0061", city="中央区", state="東京都", country="JP"
        ),
        "kitakaze",
        contact="髙橋 美咲",
        phone="+81 3 5550 0123",
        tax_id="T7000012050002",
        peppol_id=gln("491234500009"),
    ),
    buyer=Buyer(
        customer_id="K-2077",
        name="有限会社山﨑書房",
        email="order@yamazaki.example",
        address=Address(
            company="有限会社山﨑書房",
            contact="山﨑 健太",
            street="四条通",
            street_number="18",
            zip_code="600-8001",
            city="京都市下京区",
            state="京都府",
            country="JP",
        ),
    ),
    goods=(
        Goods("南部鉄器の急須 0.8リットル", "8900", "2"),
        Goods("ドット方眼ノート A5判", "1280", "10"),
        Goods("珈琲豆 深煎りブレンド", "2450", "2.5", "KGM", is_reduced=True),
        Goods("真鍮製デスクランプ 調光機能付き", "19800"),
        Goods("出張取付作業", "6600", "1.5", "HUR"),
    ),
    rate="10",
    reduced="8",
)
CHINESE = House(
    language="zh",
    locale="zh_CN",
    currency="CNY",
    seller=seller(
        "上海北风贸易有限公司",
        Address(street="南京西路", street_number="1266号", zip_code="200040", city="上海市", country="CN"),
        "beifeng",
        contact="陈思远",
        phone="+86 21 5555 0123",
        tax_id="91110000600037341L",
        peppol_id=gln("690123400010"),
    ),
    buyer=Buyer(
        customer_id="KH-3310",
        name="杭州西子书店",
        email="caigou@xizi.example",
        address=Address(
            company="杭州西子书店",
            contact="李晓雯",
            street="文三路",
            street_number="90号",
            zip_code="310012",
            city="杭州市",
            state="浙江省",
            country="CN",
        ),
    ),
    goods=(
        Goods("铸铁茶壶 0.8升", "428.00", "2"),
        Goods("A5点阵笔记本", "68.00", "10"),
        Goods("云南咖啡豆 中度烘焙", "136.00", "2.5", "KGM", is_reduced=True),
        Goods("黄铜底座台灯 可调光", "899.00"),
        Goods("上门安装服务", "260.00", "1.5", "HUR"),
    ),
    rate="13",
    reduced="9",
)
ARABIC = House(
    language="ar",
    locale="ar_SA",
    currency="SAR",
    seller=seller(
        "شركة ريح الشمال التجارية",
        Address(street="شارع التحلية", street_number="214", zip_code="12241", city="الرياض", country="SA"),
        "reehalshamal",
        contact="سارة القحطاني",
        phone="+966 11 555 0123",
        tax_id="310122393500003",
        peppol_id=gln("628123400011"),
        iban="SA0380000000608010167519",
        bic="RJHISARI",
    ),
    buyer=Buyer(
        customer_id="C-6012",
        name="مكتبة دار الحكمة",
        email="orders@hikma.example",
        address=Address(
            company="مكتبة دار الحكمة",
            contact="يوسف الحربي",
            street="طريق الملك فهد",
            street_number="58",
            zip_code="23442",
            city="جدة",
            country="SA",
        ),
    ),
    goods=(
        Goods("إبريق شاي من الحديد الزهر 0.8 لتر", "245.00", "2"),
        Goods("دفتر ملاحظات منقّط A5", "39.50", "10"),
        Goods("حبوب قهوة محمّصة", "88.00", "2.5", "KGM"),
        Goods("مصباح مكتب بقاعدة نحاسية", "560.00"),
        Goods("التركيب في الموقع", "190.00", "1.5", "HUR"),
    ),
    rate="15",
    reduced="5",
)
HEBREW = House(
    language="he",
    locale="he_IL",
    currency="ILS",
    seller=seller(
        "רוח צפונית סחר בע״מ",
        Address(street="שדרות רוטשילד", street_number="45", zip_code="6578404", city="תל אביב-יפו", country="IL"),
        "ruach",
        contact="נועה לוי",
        phone="+972 3 555 0123",
        tax_id="516179157",
        peppol_id=gln("729123400012"),
        iban="IL620108000000099999999",
    ),
    buyer=Buyer(
        customer_id="L-4415",
        name="חנות הספרים הירוקה",
        email="orders@yeruka.example",
        address=Address(
            company="חנות הספרים הירוקה",
            contact="דוד כהן",
            street="רחוב יפו",
            street_number="97",
            zip_code="9434001",
            city="ירושלים",
            country="IL",
        ),
    ),
    goods=(
        Goods("קומקום תה מברזל יצוק, 0.8 ליטר", "239.00", "2"),
        Goods("מחברת A5 עם נקודות", "42.90", "10"),
        Goods("פולי קפה קלויים", "86.00", "2.5", "KGM"),
        Goods("מנורת שולחן עם בסיס פליז", "549.00"),
        Goods("התקנה בבית הלקוח", "185.00", "1.5", "HUR"),
    ),
    rate="18",
    reduced="9",
)
