"""A `transformers` model in a folder of this machine, asked through its own chat template. Nothing is fetched. Extra `train`."""

import inspect
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from coach.errors import LanguageModelError, MissingDependency, ModelError
from coach.llm.protocol import Message


class LocalModel:
    """One question at a time. Raises MissingDependency without the packages, ModelError where the folder holds no chat model."""

    sent_to: str | None = None

    def __init__(self, folder: Path, device: str = "cpu", max_tokens: int = 2000) -> None:
        self.name = folder.name
        self._max_tokens, self._lock = max_tokens, threading.Lock()
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder.name}/ holds no transformers model (config.json is missing).")
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
            from transformers.utils.logging import disable_progress_bar
        except ImportError:
            raise MissingDependency("transformers", "train") from None
        self._torch = torch
        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            loaded: Any = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, use_safetensors=True)
        except Exception as error:  # a damaged folder fails in as many ways as there are files in it
            raise ModelError(f"{folder.name}/ cannot be loaded as a transformers model ({type(error).__name__}).") from None
        if not self._tokenizer.chat_template:
            raise ModelError(f"{folder.name}/ has no chat template, so it cannot be asked; take an instruction-tuned model.")
        if "sanitize_control_tokens" not in inspect.signature(self._tokenizer.apply_chat_template).parameters:
            raise ModelError("This transformers cannot keep a note's words from acting as control tokens; install a newer one.")
        self._model: Any = loaded.to(device).eval()
        self._room = int(getattr(loaded.config, "max_position_embeddings", 0) or 0)

    def ask(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> str:
        """Greedy, so that a note gives the same answer each time; `schema` stands in the prompt. Raises LanguageModelError."""
        del schema
        until = time.monotonic() + seconds
        if not self._lock.acquire(timeout=max(0.0, seconds)):
            raise LanguageModelError("it is busy with another note.")
        try:
            return self._answer(messages, until)
        finally:
            self._lock.release()

    def _answer(self, messages: Sequence[Message], until: float) -> str:
        chat = [{"role": m.role, "content": m.content} for m in messages]
        given = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, return_tensors="pt", return_dict=True, sanitize_control_tokens=True
        ).to(self._model.device)
        length = int(given["input_ids"].shape[1])
        room = min(self._max_tokens, self._room - length) if self._room else self._max_tokens
        if room < 1:
            raise LanguageModelError("the note and the question are longer than it can read.")
        left = until - time.monotonic()
        if left <= 0:
            raise LanguageModelError("it did not answer in time.")
        with self._torch.inference_mode():
            out = self._model.generate(
                **given, do_sample=False, max_new_tokens=room, max_time=left, pad_token_id=self._tokenizer.pad_token_id
            )
        return str(self._tokenizer.decode(out[0, length:], skip_special_tokens=True))
