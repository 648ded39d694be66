"""The pages: rendered on the server, readable without JavaScript, in English and French."""
