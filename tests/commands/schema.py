"""Holds values against a JSON Schema, as far as the schemas of this project go; a keyword that is not known here is an error, so
that nothing in a schema goes unchecked.

SPDX-License-Identifier: GPL-2.0-or-later
"""

import re

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
REMARKS = {"$schema", "title", "description"}


def problems(schema, value, where="$"):
    """What is wrong with a value: a list of texts."""
    found = []
    for keyword, wanted in schema.items():
        if keyword not in REMARKS:
            found += CHECKS[keyword](schema, wanted, value, where)
    return found


def of_type(_schema, wanted, value, where):
    good = isinstance(value, TYPES[wanted]) and (wanted == "boolean") == isinstance(value, bool)
    return [] if good else [f"{where} is no {wanted}: {value!r}"]


def required(_schema, wanted, value, where):
    return [f"{where} lacks {name}" for name in wanted if name not in value] if isinstance(value, dict) else []


def of_properties(_schema, wanted, value, where):
    members = value if isinstance(value, dict) else {}
    return [problem for name, member in members.items() if name in wanted
            for problem in problems(wanted[name], member, f"{where}.{name}")]


def no_others(schema, wanted, value, where):
    members = value if isinstance(value, dict) and not wanted else {}
    return [f"{where} has {name}, which the schema does not know" for name in members if name not in schema["properties"]]


def of_items(_schema, wanted, value, where):
    members = value if isinstance(value, list) else []
    return [problem for number, member in enumerate(members) for problem in problems(wanted, member, f"{where}[{number}]")]


CHECKS = {
    "type": of_type,
    "required": required,
    "properties": of_properties,
    "additionalProperties": no_others,
    "items": of_items,
    "enum": lambda _schema, wanted, value, where: [] if value in wanted else [f"{where} is none of {wanted}: {value!r}"],
    "pattern": lambda _schema, wanted, value, where: [] if not isinstance(value, str) or re.search(wanted, value)
    else [f"{where} does not fit {wanted}: {value!r}"],
    "minimum": lambda _schema, wanted, value, where: [] if not isinstance(value, (int, float)) or value >= wanted
    else [f"{where} is below {wanted}: {value!r}"],
}
