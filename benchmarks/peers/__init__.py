"""Others doing the same job: from the same raw events, one row a concluded call with its status.

Written as a competent user of each tool would. None of them shares anything with the package; the one thing that they
share with each other is `decisions`, the list of status rules, which each evaluates in its own way. Each runs in a process
of its own and prints its seconds, from opening the input to having written the result, without imports.
"""
