"""What every encoder must do; see tests/encode."""

import numpy as np


class EncoderContract:
    """Subclass it with a fixture `encoder`."""

    def test_shapes_and_length_one(self, encoder):
        rows = encoder.encode(["She has gone quiet.", "He asked for a reference.", ""])
        assert rows.shape == (3, encoder.dimensions)
        assert rows.dtype == np.float32
        assert np.allclose(np.linalg.norm(rows[:2], axis=1), 1, atol=1e-4)
        assert encoder.encode([]).shape == (0, encoder.dimensions)

    def test_company_changes_nothing(self, encoder):
        alone = encoder.encode(["late again"])[0]
        company = encoder.encode(["late again", "a much longer text " * 40])[0]
        assert np.allclose(alone, company, atol=1e-5)

    def test_like_is_nearer_than_unlike(self, encoder):
        a, b, c = encoder.encode(
            ["She does not answer my messages.", "No reply from her for weeks.", "The bread needs more salt."]
        )
        assert a @ b > a @ c + 0.1

    def test_a_very_long_text_is_read_in_part(self, encoder):
        assert np.isfinite(encoder.encode(["word " * 5000])).all()

    def test_it_has_a_name(self, encoder):
        assert encoder.name
