"""The database: models, sessions bound to a program, migrations."""
