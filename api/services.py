"""What a running service holds: settings, database, keys, the readers of notes. Made once by `create_app`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from api.audit import Trail
from api.clock import Clock
from api.db.session import Database
from api.handbook.kept import Kept
from api.notes.analyst import Analyst
from api.observe import Metrics
from api.settings import ServiceSettings
from api.vault import Vault
from coach import Briefs, Guidance, Limits, Resources


@dataclass
class Services:
    """`limits` bound uploaded files; `guidance`, `resources` and `briefs` load at first use."""

    settings: ServiceSettings
    database: Database
    vault: Vault
    clock: Clock
    analyst: Analyst
    metrics: Metrics
    limits: Limits
    make_guidance: Callable[[], Guidance]
    make_resources: Callable[[], Resources]
    make_briefs: Callable[[], Briefs]

    @cached_property
    def trail(self) -> Trail:
        return Trail(self.vault, self.clock)

    @cached_property
    def handbooks(self) -> Kept:
        return Kept()

    @cached_property
    def guidance(self) -> Guidance:
        return self.make_guidance()

    @cached_property
    def resources(self) -> Resources:
        return self.make_resources()

    @cached_property
    def briefs(self) -> Briefs:
        return self.make_briefs()
