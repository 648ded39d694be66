"""Every path, limit and dial of the library, in one place; each is also an environment variable COACH_<NAME>."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Paths are folders; sizes are characters or bytes as named; scores run from 0 to 1."""

    model_config = SettingsConfigDict(env_prefix="COACH_", frozen=True, extra="ignore")

    reader_dir: Path = ROOT / "models" / "reader"
    versions_dir: Path = ROOT / "data" / "readers"  # readers trained from use; reader_dir names the one that reads
    encoder_dir: Path = ROOT / "models" / "encoder"
    encoder_kind: str = "onnx"
    encoder_device: str = "cpu"
    corpus_dir: Path = ROOT / "models" / "corpus"
    guidance_dir: Path = ROOT / "indexes" / "guidance"
    index_dir: Path = ROOT / "indexes" / "guidance" / "built"
    handbooks_dir: Path = ROOT / "indexes" / "handbooks"
    resources_dir: Path = ROOT / "indexes" / "resources"
    resources_extra: Path | None = None  # a program's own help services, which come first: indexes/resources/README.md
    phrases_dir: Path = ROOT / "indexes" / "phrases"
    cues_dir: Path = ROOT / "indexes" / "cues"
    wording_dir: Path = ROOT / "indexes" / "wording"
    prompts_dir: Path = ROOT / "prompts"
    names_dir: Path = ROOT / "indexes" / "names"

    signing_key: str = ""  # an Ed25519 public key in base64: models and index are then read only where it signed them
    signing_key_file: Path | None = None  # models/signing.pub; where there is one, and no key above: what is signed must fit it

    words: str = "en"  # the language of the library's own words: "en" or "fr"

    threads: int = 2
    max_note_chars: int = 400_000
    max_file_bytes: int = 20_000_000
    max_unpacked_bytes: int = 80_000_000
    max_pages: int = 500
    search_min_score: float = 0.30
    handbook_min_score: float = 0.35
    max_follow_ups: int = 5
    max_resources: int = 6
    use_reader: bool = True
    urgent_alarms: float = 1.0  # false urgent alarms in 100 calm notes that are accepted, up to 50 (coach/assess/dial.py)

    # the language-model reader (coach/llm); none by default, and then nothing below counts
    llm: str = "none"  # "none", "local" or "openai"
    llm_dir: Path | None = None  # local: the folder of a transformers model with a chat template
    llm_device: str = "cpu"
    llm_address: str = "http://127.0.0.1:11434/v1"  # openai: any address that speaks that protocol
    llm_model: str = ""
    llm_key: SecretStr = SecretStr("")
    llm_remote_accepted: str = ""  # the version that `coach names evaluate` prints: masked notes may leave, at that recall
    llm_seconds: float = 10.0  # then the embedded reader's report is given; below the service's analysis_seconds
    llm_tries: int = 3
    llm_max_tokens: int = 2000
    llm_decides: bool = False  # a strong model: what only the trained reader saw, and nothing grave, counts for the level alone
    llm_rephrase: bool = False  # it also rewords follow-ups and briefs (coach/llm/rephrase.py); `coach analyze --rephrase`
    llm_max_chars: int = 24_000  # a longer note is not put to the model
