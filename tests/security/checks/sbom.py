"""What a deployed service is made of, as CycloneDX JSON: the packages of requirements/serve.lock, the models. Into build/security/."""

import importlib.util
import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.security.checks.found import BUILT, ROOT, Found, locked
from tests.security.checks.licences import TOLD, licence_of

FILE = BUILT / "sbom.cdx.json"
MODELS = ("reader", "encoder")


def make() -> str:
    """The document. The same locks and models give the same one, but for its time."""
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.model.license import DisjunctiveLicense
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    bom = Bom()
    bom.metadata.component = own = Component(name="conversation-coach", version="0.1.0", type=ComponentType.APPLICATION)
    for package in locked("serve").values():
        licence = licence_of(package.name) or TOLD.get(package.name, ("", ""))[0]
        bom.components.add(
            Component(
                name=package.name,
                version=package.version,
                type=ComponentType.LIBRARY,
                purl=PackageURL("pypi", None, package.name, package.version),
                bom_ref=f"{package.name}=={package.version}",
                licenses=[DisjunctiveLicense(name=licence)] if licence else [],
                properties=[Property(name="coach:lock:sha256", value=mark) for mark in package.hashes],
            )
        )
    for folder in MODELS:
        manifest = json.loads((ROOT / "models" / folder / "manifest.json").read_text(encoding="utf-8"))
        for name, mark in sorted(manifest["sha256"].items()):
            hashes = [HashType(alg=HashAlgorithm.SHA_256, content=mark)]
            kind, ref = ComponentType.MACHINE_LEARNING_MODEL, f"models/{folder}/{name}"
            bom.components.add(Component(name=ref, version=str(manifest["version"]), type=kind, bom_ref=ref, hashes=hashes))
    bom.register_dependency(own, list(bom.components))
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join(sorted(str(c.bom_ref) for c in bom.components)))
    return str(JsonV1Dot6(bom).output_as_string(indent=1))


def check() -> Found:
    found = Found("software bill of materials (CycloneDX 1.6)")
    if importlib.util.find_spec("cyclonedx") is None:
        found.faults.append("cyclonedx-python-lib is not installed: make test installs it (extra dev)")
        return found
    made = make()
    document: dict[str, Any] = json.loads(made)
    BUILT.mkdir(parents=True, exist_ok=True)
    FILE.write_text(made + "\n", encoding="utf-8")
    found.notes.append(f"{len(document['components'])} components in {FILE.relative_to(ROOT)}")
    return found
