"""What Halden Instruments sells, and to whom: products with list prices, territories, and the customers in them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from attain.demo.names import ACCOUNT_ROOTS, INDUSTRIES
from attain.demo.people import EXECUTIVE, TEAMS, Row, Staff
from attain.demo.season import END

CENT = Decimal("0.01")

# fmt: off
FAMILIES: dict[str, tuple[str, dict[str, str]]] = {
    "Analysers": ("0.52", {
        "Halden A100 bench analyser": "6800", "Halden A300 process analyser": "14500",
        "Halden A500 gas analyser": "22900", "Halden A700 spectrometer": "48000", "Halden A50 field analyser": "3950",
    }),
    "Flow meters": ("0.48", {
        "Halden F10 flow meter": "890", "Halden F25 magnetic flow meter": "1740", "Halden F40 Coriolis meter": "5600",
        "Halden F60 ultrasonic meter": "3280", "Halden F90 custody meter": "18200",
    }),
    "Sensors": ("0.36", {
        "Halden S1 temperature probe": "129.50", "Halden S2 pressure sensor": "214", "Halden S3 pH electrode": "168.75",
        "Halden S5 conductivity cell": "342", "Halden S8 level radar": "1195",
    }),
    "Service": ("0.40", {
        "Calibration visit": "950", "Service contract Basic": "2400", "Service contract Plus": "5200",
        "Service contract Complete": "9800", "Operator training day": "1350",
    }),
    "Software": ("0.15", {
        "Halden Logger licence": "490", "Halden Connect licence": "1280", "Halden Insight site licence": "7900",
        "Halden Audit Trail module": "2150", "Halden Insight group licence": "26500",
    }),
}
# fmt: on
"""Each family with its cost as a part of the list price, and its products with list prices in USD."""


@dataclass(frozen=True)
class Product:
    """One product with its list price and its cost per unit in USD."""

    key: str
    name: str
    family: str
    price: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Line:
    """Some units of one product at a discount in per cent; `sign` -1 takes them back."""

    product: Product
    quantity: int
    discount: int
    sign: int = 1

    @property
    def amount(self) -> Decimal:
        """Price less discount in USD, exact to the cent."""
        full = self.sign * self.quantity * self.product.price
        return (full * (100 - self.discount) / 100).quantize(CENT, ROUND_HALF_UP)

    @property
    def cost(self) -> Decimal:
        """Cost of the units in USD."""
        return self.sign * self.quantity * self.product.cost


def _products() -> tuple[Product, ...]:
    found: list[Product] = []
    for family, (part, prices) in FAMILIES.items():
        for name, text in prices.items():
            price = Decimal(text)
            cost = (price * Decimal(part)).quantize(CENT, ROUND_HALF_UP)
            found.append(Product(f"{family[:3].upper()}-{len(found) + 1:02d}", name, family, price, cost))
    return tuple(found)


PRODUCTS = _products()
BY_PRICE = tuple(sorted(PRODUCTS, key=lambda product: product.price))
_PRICES = [float(product.price) for product in BY_PRICE]


def fill_basket(random: Random, target: float) -> tuple[Line, ...]:
    """One to six lines of different products worth about the target in USD, the main product first."""
    discount = min(18, random.choice((0, 0, 3, 5, 5, 8, 10)) + int(target // 40_000))
    full = target / (1 - discount / 100)
    main = random.choice(_priced(0.05 * full, 0.75 * full) or BY_PRICE[:1])
    small = [product for product in _priced(0, 0.3 * full) if product is not main]
    others = random.sample(small, min(len(small), random.choices(range(6), (18, 26, 24, 16, 10, 6))[0]))
    shares = [random.uniform(0.05, 0.15) for _ in others]
    parts = [(main, 1 - sum(shares)), *zip(others, shares, strict=True)]
    return tuple(Line(p, max(1, round(full * share / float(p.price))), discount) for p, share in parts)


def worth(basket: tuple[Line, ...]) -> Decimal:
    """Sum of the lines' amounts in USD."""
    return sum((line.amount for line in basket), Decimal(0))


def cost_of(basket: tuple[Line, ...]) -> Decimal:
    """Sum of the lines' costs in USD."""
    return sum((line.cost for line in basket), Decimal(0))


def _priced(least: float, most: float) -> tuple[Product, ...]:
    return BY_PRICE[bisect_left(_PRICES, least) : bisect_right(_PRICES, most)]


def product_rows() -> list[Row]:
    """One row per product."""
    return [
        {"product": p.key, "name": p.name, "family": p.family, "list_price": p.price, "unit_cost": p.cost}
        for p in PRODUCTS
    ]


def territory_rows() -> list[Row]:
    """One row per territory."""
    names = [(name, region) for region, territories, *_ in TEAMS.values() for name in territories]
    return [{"territory": name, "name": name, "region": region} for name, region in names]


def account_rows(random: Random, staff: Staff) -> list[Row]:
    """One row per customer: 400, shared out evenly among the account executives who work there at the end."""
    owners = [s for s in staff.sellers.values() if s.title == EXECUTIVE and s.stop == END]
    names = [(f"{root} {word}", industry) for root in ACCOUNT_ROOTS for industry, word in INDUSTRIES.items()]
    random.shuffle(names)
    rows = []
    for number, (name, industry) in enumerate(names):
        owner = owners[number % len(owners)].key
        rows.append(
            {
                "account": f"C-{number + 1:04d}",
                "name": name,
                "industry": industry,
                "territory": staff.territory(owner, END),
                "participant": owner,
            }
        )
    return rows


def by_territory(accounts: list[Row]) -> dict[str, list[Row]]:
    """The rows of accounts by territory."""
    return {row["territory"]: [a for a in accounts if a["territory"] == row["territory"]] for row in territory_rows()}
