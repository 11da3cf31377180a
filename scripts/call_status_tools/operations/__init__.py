"""Commands that look after a database: scripts/erase-customer."""
