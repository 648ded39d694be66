"""A note with what the coach heard marked in it, as a page: python docs/examples/spacy_marks.py NOTE.txt > marks.html"""

import sys
from pathlib import Path

import spacy
from spacy import displacy

COLOURS = {"expectation": "#ffe08a", "distress": "#ffb3a7", "relationship": "#a8d8c0"}

if len(sys.argv) != 2:
    sys.exit(__doc__)
nlp = spacy.blank("en")
nlp.add_pipe("coach")
doc = nlp(Path(sys.argv[1]).read_text(encoding="utf-8"))
labels = {span.label_ for span in doc.spans["coach"]}
options = {"spans_key": "coach", "colors": {label: COLOURS[label.split(".")[0]] for label in labels}}
print(displacy.render(doc, style="span", options=options, page=True, jupyter=False))
