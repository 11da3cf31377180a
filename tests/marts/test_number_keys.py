"""Keys of numbers: spellings of one number have one key. The numbering plans are compared with a library that knows them."""

import phonenumbers
import pytest
from call_status_tools.dbt import inline
from phonenumbers import PhoneMetadata
from support import firm
from support.harness import valid_event

# The business's number, its country, how the customer's number is written, its key.
SPELLINGS = [
    ("+44 20 1000", None, "+44 20 7946 0000", "442079460000"),
    ("+44 20 1000", None, "0044 20-7946-0000", "442079460000"),
    ("+44 20 1000", None, "44 (20) 7946.0000", "442079460000"),
    ("+44 20 1000", None, "='+442079460000'", "442079460000"),
    ("+44 20 1000", None, "020 7946 0000", "02079460000"),  # nothing says which country
    ("+44 20 1001", "GB", "020 7946 0000", "442079460000"),
    ("+44 20 1001", "GB", "2079460000", "442079460000"),
    ("+44 20 1001", "GB", "442079460000", "442079460000"),
    ("+44 20 1001", "GB", "+49 30 123456", "4930123456"),
    ("+44 20 1001", "GB", "0049 30 123456", "4930123456"),
    ("+44 20 1001", "GB", "2001", "2001"),  # an internal number
    ("+44 20 1001", "GB", "Alice@example.com", "alice@examplecom"),
    ("+1 212 1002", "US", "(212) 555-0100", "12125550100"),
    ("+1 212 1002", "US", "1 212 555 0100", "12125550100"),
    ("+36 1 1003", "HU", "06 1 234 5678", "3612345678"),
    ("+34 91 1004", "ES", "912 345 678", "34912345678"),
    ("+44 20 1001", "GB", "anonymous", None),
    ("+44 20 1001", "GB", "000000", None),
]


@pytest.mark.parametrize("pii", ["keep", "hash", "drop"])
def test_spellings_of_one_number_have_one_key(new_warehouse, pii):
    warehouse = new_warehouse()
    numbers = {number: country for number, country, _, _ in SPELLINGS if country}
    firm.write(warehouse.path, phone_numbers=[{"number": n, "country": c} for n, c in numbers.items()])
    warehouse.write_events(
        [
            valid_event(
                f"call-{place:02}",
                str(place),
                event_type=event_type,
                customer_number=written,
                business_number=number.replace(" ", ""),
            )
            for place, (number, _, written, _) in enumerate(SPELLINGS)
            for event_type in ("call_started", "call_ended")
        ]
    )
    if pii == "hash":
        warehouse.dbt("run-operation", "create_pii_key")
    warehouse.dbt("run", vars={"call_status_pii": pii})
    keys = [
        row["customer_key"] for row in warehouse.query("select customer_key from calls_for_analysis order by call_id")
    ]
    wanted = [key for *_, key in SPELLINGS]
    if pii == "keep":
        assert keys == wanted
    elif pii == "drop":
        assert set(keys) == {None}
    else:
        assert all(len(key) == 64 for key in keys if key)
        pairs = set(zip(wanted, keys))
        assert len(pairs) == len(set(wanted)) == len(set(keys))
        assert (None, None) in pairs


def test_calling_codes_are_those_of_the_numbering_plans():
    codes = inline("{{ tojson(call_status.calling_codes()) }}")
    assert set(codes) == set(phonenumbers.SUPPORTED_REGIONS)
    for region, listed in codes.items():
        plan = PhoneMetadata.metadata_for_region(region)
        lengths = plan.general_desc.possible_length
        assert listed == {
            "code": str(plan.country_code),
            "prefix": plan.national_prefix,
            "shortest": max(min(lengths), 6),
            "longest": max(lengths),
        }, region
