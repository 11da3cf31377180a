"""Whatever is broken in the rules or in what they read, something in this suite notices (tests/rules/mutation.py)."""

import pytest
from call_status_tools.docs import render

from rules import mutation


@pytest.fixture(scope="module")
def findings(new_warehouse):
    """Every mutant, and what noticed it."""
    return mutation.examine_all(new_warehouse())


@pytest.mark.long
def test_every_mutant_is_caught_or_proved_equivalent(findings):
    survivors = [f"{finding.mutant.name}: {finding.says}" for finding in findings if finding.kind == "survived"]
    assert not survivors, mutation.summary(findings)
    # A list that is made of text could shrink unseen.
    assert sum(bool(finding.mutant.rules) for finding in findings) >= 330
    assert sum(bool(finding.mutant.replacements) for finding in findings) >= 330


@pytest.mark.long
def test_the_figures_of_docs_proof_are_those_of_this_run(findings):
    text = render.PROOF.read_text("utf-8")
    assert text == render.render_figures(text, render.mutant_figures(findings)), "run scripts/render-docs"


CONDITION = "a and (b = 0 or not c) and coalesce(d, '') = 'customer'"


def test_a_condition_is_understood():
    tree = mutation.parse(CONDITION)
    assert mutation.text_of(tree) == CONDITION
    assert len(tree) == 4  # "and" and its three parts


def test_every_mutant_of_a_condition():
    assert dict(mutation.condition_mutants(CONDITION)) == {
        "condition dropped": None,
        "condition negated": f"not ({CONDITION})",
        **{
            f"reads `{text}`": text
            for text in (
                # without a part
                "(b = 0 or not c) and coalesce(d, '') = 'customer'",
                "a and coalesce(d, '') = 'customer'",
                "a and not c and coalesce(d, '') = 'customer'",
                "a and b = 0 and coalesce(d, '') = 'customer'",
                "a and (b = 0 or not c)",
                # a part negated
                "not a and (b = 0 or not c) and coalesce(d, '') = 'customer'",
                "a and not (b = 0 or not c) and coalesce(d, '') = 'customer'",
                "a and (not b = 0 or not c) and coalesce(d, '') = 'customer'",
                "a and (b = 0 or c) and coalesce(d, '') = 'customer'",
                "a and (b = 0 or not c) and not coalesce(d, '') = 'customer'",
                # a comparison with something else
                "a and (b = 1 or not c) and coalesce(d, '') = 'customer'",
                "a and (b = -1 or not c) and coalesce(d, '') = 'customer'",
                "a and (b = 0 or not c) and coalesce(d, '') = 'agent'",
                "a and (b = 0 or not c) and coalesce(d, '') = 'system'",
            )
        },
    }


def test_a_replacement_that_no_longer_applies_is_an_error():
    suite = mutation.Suite.__new__(mutation.Suite)
    suite.sql = {"fct_calls": "select 1"}
    with pytest.raises(AssertionError, match="fct_calls has 0 times: select 2"):
        suite.mutated(mutation.Mutant("x", replacements=(("fct_calls", "select 2", "select 3"),)))
