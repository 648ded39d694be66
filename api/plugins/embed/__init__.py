"""The coach inside other people's pages: `<conversation-coach>`, its short-lived tokens, its frame.

schemas.py   what the routes take and give
tokens.py    tokens: made for an API key, checked against the page that shows them and the key behind them
service.py   a note from a page: read, or kept, by the notes' own service
files.py     the script with its words, the frame and their headers
words.py     every word of the component, in the languages of the catalogue
routes.py    the addresses
"""
