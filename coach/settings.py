"""Every path, limit and dial of the library, in one place; each is also an environment variable COACH_<NAME>."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Paths are folders; sizes are characters or bytes as named; scores run from 0 to 1."""

    model_config = SettingsConfigDict(env_prefix="COACH_", frozen=True, extra="ignore")

    reader_dir: Path = ROOT / "models" / "reader"
    encoder_dir: Path = ROOT / "models" / "encoder"
    encoder_kind: str = "onnx"
    encoder_device: str = "cpu"
    corpus_dir: Path = ROOT / "models" / "corpus"
    guidance_dir: Path = ROOT / "indexes" / "guidance"
    index_dir: Path = ROOT / "indexes" / "guidance" / "built"
    handbooks_dir: Path = ROOT / "indexes" / "handbooks"
    resources_dir: Path = ROOT / "indexes" / "resources"
    phrases_dir: Path = ROOT / "indexes" / "phrases"
    cues_dir: Path = ROOT / "indexes" / "cues"
    wording_dir: Path = ROOT / "indexes" / "wording"
    prompts_dir: Path = ROOT / "prompts"
    names_dir: Path = ROOT / "indexes" / "names"

    words: str = "en"  # the language of the library's own words: "en" or "fr"

    threads: int = 2
    max_note_chars: int = 400_000
    max_file_bytes: int = 20_000_000
    max_unpacked_bytes: int = 80_000_000
    max_pages: int = 500
    search_min_score: float = 0.28
    handbook_min_score: float = 0.35
    max_follow_ups: int = 5
    max_resources: int = 6
    use_reader: bool = True

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
    llm_max_chars: int = 24_000  # a longer note is not put to the model
