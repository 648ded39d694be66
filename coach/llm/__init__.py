"""The optional language-model reader: a prompt from a file, a backend that answers, an answer that code checks."""
