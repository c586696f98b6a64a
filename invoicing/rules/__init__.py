"""EN 16931's calculation rules, asked of a finished invoice."""
