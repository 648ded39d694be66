"""Guidance cards, their embedding index (FAISS) joined with BM25, and search."""
