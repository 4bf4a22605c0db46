"""Ordinary names for the people and customers of the demo company, by region."""

from __future__ import annotations

import unicodedata

# Lists of words read best as running text.
# fmt: off
FIRST_NAMES = {
    "North America": (
        "Alice", "Marcus", "Dana", "Luis", "Priya", "Ethan", "Grace", "Andre", "Megan", "Carlos", "Hannah", "Tyler",
        "Naomi", "Owen", "Keisha", "Ryan", "Elena", "Jordan", "Camila", "Peter", "Joanna", "Derek", "Simone", "Brian",
        "Leah", "Victor",
    ),
    "EMEA": (
        "Amelia", "Jürgen", "Zoë", "Matteo", "Ingrid", "Pieter", "Claire", "Tomasz", "Aoife", "Lars", "Fatima", "Hugo",
        "Katrin", "Émile", "Sofia", "Declan", "Annika", "Rafael", "Nadia", "Oliver", "Maëlle", "Stefan", "Greta",
        "Omar",
    ),
    "Asia-Pacific": (
        "Haruka", "Liam", "Mei", "Arjun", "Chloe", "Kenji", "Siti", "Jack", "Ji-woo", "Anjali", "Wei", "Isla",
        "Takumi", "Nurul", "Rohan", "Emily", "Min-jun", "Kavya", "Daniel", "Yuki",
    ),
}
LAST_NAMES = {
    "North America": (
        "Carter", "Nguyen", "Ramirez", "Foster", "Patel", "Brooks", "Sullivan", "Washington", "Tremblay", "Hughes",
        "Ortiz", "Kowalski", "Bennett", "Chen", "Murphy", "Delgado", "Fraser", "Coleman", "Lindqvist", "Harper",
        "Morgan", "Silva", "Jensen", "Reed", "Gallagher", "Okafor", "Romano",
    ),
    "EMEA": (
        "O'Brien", "Müller", "Lefèvre", "Rossi", "Johansson", "van Dijk", "Schneider", "Nowak", "Walsh", "Nielsen",
        "Haddad", "Moreau", "Fischer", "García", "Taylor", "Virtanen", "Weber", "Costa", "Ahmed", "Hughes-Ward",
        "Dubois", "Keller", "Berg", "Evans",
    ),
    "Asia-Pacific": (
        "Tanaka", "Wilson", "Zhang", "Sharma", "Campbell", "Sato", "Rahman", "Kelly", "Park", "Iyer", "Lim", "Stewart",
        "Watanabe", "Abdullah", "Mehta", "Thompson", "Kim", "Reddy", "Tan", "Suzuki",
    ),
}
ACCOUNT_ROOTS = (
    "Northlake", "Brightwell", "Castor", "Delmar", "Eastgate", "Fairholm", "Granite", "Harborview", "Ironbridge",
    "Juniper", "Kestrel", "Larkfield", "Meridian", "Nova", "Oakhurst", "Pinnacle", "Quayside", "Ridgeway", "Silverline",
    "Tidewater", "Umbra", "Valemont", "Westmark", "Yarrow", "Zephyr", "Alder", "Bluestone", "Crestwood", "Dunmore",
    "Everett", "Foxglove", "Glenrock", "Hollis", "Inverness", "Keystone", "Lumen", "Marlow", "Orchard", "Prairie",
    "Summit",
)
# fmt: on
INDUSTRIES = {
    "Pharmaceuticals": "Pharma",
    "Food and beverage": "Foods",
    "Semiconductors": "Semiconductor",
    "Water utilities": "Water",
    "Universities": "University",
    "Energy": "Energy",
    "Chemicals": "Chemicals",
    "Automotive": "Motors",
    "Aerospace": "Aerospace",
    "Hospitals": "Medical Centre",
}
"""Each industry with the word by which its customers call themselves."""


def email_address(name: str) -> str:
    """The address of a person at halden.example, in plain ASCII letters."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    first, *rest = ("".join(filter(str.isalnum, word)) for word in plain.split())
    return f"{first}.{''.join(rest)}@halden.example"
