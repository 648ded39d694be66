"""The library's own words in another language: the English of indexes/wording/ and of the code, each with its French."""
