"""The conditions of the status rules as text: which there are, and which evidence they read."""

import re
from collections.abc import Iterable

SQL_WORDS = {"and", "or", "not", "is", "null", "coalesce", "true", "false"}


def conditions_of(rules: list[dict]) -> list[str]:
    """Every condition of rules and reasons, those included under which a status is inferred."""
    entries = [entry for rule in rules for entry in (rule, *rule["reasons"])]
    return [entry[key] for entry in entries for key in ("when", "inferred") if isinstance(entry.get(key), str)]


def names_in(conditions: Iterable[str]) -> list[str]:
    """The evidence that conditions read: every word that is neither SQL nor within quotes, in order, once."""
    words = re.findall(r"[a-z_]\w*", re.sub(r"'[^']*'", "", " ".join(conditions).lower()))
    return list(dict.fromkeys(word for word in words if word not in SQL_WORDS))
