"""PostgreSQL: tables, one repository per aggregate, migrations."""
