"""What a command says when it cannot go on."""


class UserError(Exception):
    """A message for the user: what is wrong, then what to do.

    It may name a file, line, column or variable, never a value of the data. A command prints it and exits with 1;
    where it is raised on purpose, no traceback is shown.
    """


class Unreadable(UserError):
    """A file cannot be read as a whole. One line; the loader puts the file's name before it and goes on to the next."""
