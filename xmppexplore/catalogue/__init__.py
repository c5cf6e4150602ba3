"""Names and the documents that define them: facts and definitions, as data."""
