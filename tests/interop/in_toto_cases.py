"""Invents cases and asks PyPI in-toto about each: patterns, artifact rules, links, whole supply chains.

Standard input: {"seed": number, "patterns": how many, "rules": …, "links": …, "layouts": …}
Standard output: {"patterns": [case …], …}, each case with what in-toto says ("theirs": "accepted" or the refusal) and
the peculiarities that were put into it ("traits"). The same seed gives the same cases, up to randomised signatures.
"""

import base64
import contextlib
import copy
import fnmatch
import io
import json
import logging
import os
import random
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from in_toto import verifylib
from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope, Metablock, Metadata
from securesystemslib.signer import CryptoSigner

logging.disable(logging.CRITICAL)
KEY_TYPES = ["ed25519", "ed25519", "ed25519", "ed25519", "p256", "rsa"]


def asked(question) -> str:
    try:
        question()
    except Exception as error:  # whatever it is, in-toto did not accept
        return f"{type(error).__name__}: {error}"[:200]
    return "accepted"


def make_key(rng: random.Random, kind: str) -> CryptoSigner:
    if kind == "ed25519":
        return CryptoSigner(ed25519.Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)))
    if kind == "p256":
        return CryptoSigner(ec.derive_private_key(rng.getrandbits(250) + 1, ec.SECP256R1()))
    return CryptoSigner(rsa.generate_private_key(65537, 2048))


def public(who: CryptoSigner) -> dict:
    return {"keyid": who.public_key.keyid, **who.public_key.to_dict()}


def text(metadata) -> str:
    if isinstance(metadata, Envelope):
        return json.dumps(metadata.to_dict(), sort_keys=True)
    return repr(metadata)


def signed(rng: random.Random, payload, *who: CryptoSigner, dsse=None) -> str:
    dsse = rng.random() < 0.4 if dsse is None else dsse
    metadata = Envelope.from_signable(payload) if dsse else Metablock(signed=payload, compact_json=rng.random() < 0.5)
    for one in who:
        metadata.create_signature(one)
    return text(metadata)


# Patterns


def pattern_case(rng: random.Random) -> dict:
    pattern = "".join(rng.choice("ab-]![^*?/\\c") for _ in range(rng.randrange(9)))
    alphabet = "ab-]![^/\\c"
    path = "".join(rng.choice(alphabet) for _ in range(rng.randrange(6)))
    if rng.random() < 0.7:
        path = "".join("".join(rng.choice(alphabet) for _ in range(rng.randrange(3))) if c == "*" else c for c in pattern.replace("?", "a"))
    theirs = "accepted" if fnmatch.filter([path], pattern) else "no match"
    return {"pattern": pattern, "path": path, "theirs": theirs, "traits": []}


# Artifact rules

PATHS = ["a", "b", "src/a", "src/b", "src/d/c", "dst/a", "dst/b", "src", "a.py", "src//a", "src/a\\b", "\u00e9", "[x]"]
GLOBS = ["*", "a", "b", "src/*", "*.py", "?", "[ab]", "[!a]*", "src/[a-b]", "*/a", "[x]", "\u00e9", "d/*", "", "src/a"]
PREFIXES = ["src", "src/", "dst", "src/d", "src\\d", "/"]


def digests(rng: random.Random, traits: list) -> dict:
    value = rng.choice(["00", "11", "22"])
    if rng.random() < 0.06:
        traits.append("weak digest")
        return {"sha1": value * 20}
    made = {"sha256": value * 32}
    if rng.random() < 0.05:
        made["sha512"] = value * 64
    return made


def artifacts(rng: random.Random, traits: list) -> dict:
    return {path: digests(rng, traits) for path in rng.sample(PATHS, rng.randrange(6))}


def rule(rng: random.Random, names: list) -> list:
    kind = rng.choice(["CREATE", "DELETE", "MODIFY", "ALLOW", "MATCH", "MATCH", "MATCH", "DISALLOW", "REQUIRE"])
    if rng.random() < 0.1:
        kind = kind.lower()
    if kind.upper() == "DISALLOW" and rng.random() < 0.5:
        return [kind, rng.choice(["z*", "dst/*", "*.py"])]
    if kind.upper() == "REQUIRE":
        return [kind, rng.choice(PATHS[:5])]
    made = [kind, rng.choice(GLOBS if rng.random() < 0.6 else ["*"])]
    if kind.upper() == "MATCH":
        made += ["IN", rng.choice(PREFIXES)] if rng.random() < 0.4 else []
        made += ["WITH", rng.choice(["MATERIALS", "PRODUCTS", "products"])]
        made += ["IN", rng.choice(PREFIXES)] if rng.random() < 0.4 else []
        made += ["FROM", rng.choice(names)]
    return made


def rules_case(rng: random.Random) -> dict:
    traits = []
    items = {name: {"materials": artifacts(rng, traits), "products": artifacts(rng, traits)} for name in ("one", "two")}
    if rng.random() < 0.5:
        items["two"]["materials"] = copy.deepcopy(items["one"]["products"])
    side = rng.choice(["materials", "products"])
    rules = [rule(rng, ["one", "two", "three"]) for _ in range(rng.randrange(1, 5))]
    if rng.random() < 0.5:
        rules.append(["DISALLOW", "*"])
    links = {name: Link(name=name, **item) for name, item in items.items()}
    theirs = asked(lambda: verifylib.verify_item_rules("two", side, rules, links))
    return {"items": items, "side": side, "rules": rules, "theirs": theirs, "traits": traits}


# Links

WORDS = ["", "a", "tab\there", "\x1b[1m", "\"quoted\"", "\\n", "\u2028", "\U0001f600", "e\u0301", "line\nbreak", "\x7f", "</script>"]


def some_link(rng: random.Random) -> Link:
    word = lambda: rng.choice(WORDS)
    paths = lambda: {f"{word()}{i}": {"sha256": rng.randbytes(32).hex()} for i in range(rng.randrange(4))}
    return Link(
        name=word() + "n",
        command=[word() for _ in range(rng.randrange(4))],
        materials=paths(),
        products=paths(),
        byproducts=rng.choice([{}, {"stdout": word(), "stderr": word(), "return-value": rng.choice([0, 0, 1, -3, 127])}]),
        environment=rng.choice([{}, {"workdir": word()}]),
    )


def body(file: dict) -> dict:
    """The document inside of an envelope; DSSE's is put back by `rewrap`."""
    return file["signed"] if "signed" in file else json.loads(base64.b64decode(file["payload"]))


def rewrap(file: dict, document: dict) -> dict:
    if "signed" in file:
        return {**file, "signed": document}
    return {**file, "payload": base64.b64encode(json.dumps(document, sort_keys=True).encode()).decode()}


def swap_digits(digits: str) -> str:
    return digits[1:] + digits[:1]


def mutate(rng: random.Random, original: str, stranger: CryptoSigner, deterministic: bool) -> tuple:
    """A changed file and the name of the change."""
    file = json.loads(original)
    document, signature = body(file), file["signatures"][0]
    kind = rng.choice(["none", "none", "flip", "flip", "flip", "content", "unknown", "empty", "duplicate", "minus zero", "float", "keyid", "bogus first", "bogus last", "stranger", "no signature", "truncated", "spaces", "extra member", "escapes"])
    if kind == "flip":
        # Which bit is flipped must not depend on signatures that are random.
        if not deterministic:
            return original, "none"
        raw = bytearray(original.encode())
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(7)
        return raw.decode("utf-8", "replace"), kind
    if kind == "content":
        document["name"] += "x"
    elif kind == "unknown":
        document["note"] = "x"
    elif kind == "empty":
        empty = [name for name, value in document.items() if value in ({}, [])]
        if not empty:
            return original, "none"
        del document[rng.choice(empty)]
    elif kind == "float":
        document["byproducts"]["return-value"] = 1.5
    elif kind == "minus zero":
        if document["byproducts"].get("return-value") != 0 or "signed" not in file:
            return original, "none"
        changed = json.dumps(file).replace('"return-value": 0', '"return-value": -0', 1)
        return changed, kind
    elif kind == "duplicate":
        changed = json.dumps(file)
        mark = '"signatures":' if rng.random() < 0.5 else '"keyid":'
        return changed.replace(mark, f'{mark} "other", {mark}', 1), kind
    elif kind == "keyid":
        signature["keyid"] = swap_digits(signature["keyid"])
    elif kind in ("bogus first", "bogus last"):
        bogus = copy.deepcopy(signature)
        bogus["sig"] = ("00" * 64) if "signed" in file else base64.b64encode(bytes(64)).decode()
        file["signatures"].insert(0 if kind == "bogus first" else 1, bogus)
    elif kind == "stranger":
        signature["keyid"] = stranger.public_key.keyid
    elif kind == "no signature":
        file["signatures"] = []
    elif kind == "truncated":
        return original[: rng.randrange(len(original))], kind
    elif kind == "spaces":
        return json.dumps(file, indent=rng.randrange(5)) + " \n", kind
    elif kind == "extra member":
        file["extra"] = 1
    elif kind == "escapes":
        return json.dumps(file, ensure_ascii=False), kind
    return json.dumps(rewrap(file, document), sort_keys=True), kind


def verify_link(file: str, key: dict, folder: str) -> None:
    path = Path(folder, "case.link")
    path.write_text(file, encoding="utf-8", newline="")
    metadata = Metadata.load(str(path))
    metadata.verify_signature(key)
    payload = metadata.get_payload()
    payload.validate()
    if payload.type_ != "link":
        raise ValueError("not a link")


def link_case(rng: random.Random, people: list, folder: str) -> dict:
    who, stranger = rng.sample(people, 2)
    file = signed(rng, some_link(rng), who)
    file, trait = mutate(rng, file, stranger, who.public_key.keytype == "ed25519")
    key = public(stranger if rng.random() < 0.1 else who)
    theirs = asked(lambda: verify_link(file, key, folder))
    return {"file": file, "key": key, "theirs": theirs, "traits": [trait]}


# Supply chains


class Scene:
    """One invented supply chain, in a folder of its own."""

    def __init__(self, rng: random.Random, people: list):
        self.rng, self.people, self.files, self.traits = rng, people, [], []
        self.parameters = {"P": "src"} if rng.random() < 0.3 else None
        # The second has no key of its own: the layout gives the first one's under both IDs.
        self.alias = dict([rng.sample(people, 2)]) if self.chance(0.2, "one key, two IDs") else {}

    def chance(self, probability: float, trait: str) -> bool:
        if self.rng.random() < probability:
            self.traits.append(trait)
            return True
        return False

    def products(self, before: dict) -> dict:
        after = {path: value for path, value in before.items() if self.rng.random() < 0.8}
        for path in self.rng.sample(["a", "b", "src/a", "src/b", "a.py"], self.rng.randrange(1, 4)):
            after[path] = {"sha256": self.rng.choice(["00", "11", "22"]) * 32}
        return after

    def rules(self, previous) -> tuple:
        materials = [["MATCH", "*", "WITH", "PRODUCTS", "FROM", previous]] if previous else []
        products = [["CREATE", "*"], ["MODIFY", "*"], ["ALLOW", "{P}/*" if self.parameters else "src/*"]]
        if self.rng.random() < 0.7:
            materials.append(["DISALLOW", "*"])
        if self.rng.random() < 0.3:
            products.insert(0, rule(self.rng, ["s0", "s1", "nobody"]))
        if self.chance(0.06, "parameter"):
            products.insert(0, ["ALLOW", self.rng.choice(["{Q}", "{P!r}", "{", "{{x}}", "{0}"])])
        return materials, products

    def step(self, name: str, previous, before: dict, folder: str, depth: int) -> tuple:
        rng = self.rng
        allowed = rng.sample(self.people, rng.randrange(1, 4))
        threshold = rng.choice([1, 1, 2]) if len(allowed) > 1 else 1
        if self.chance(0.04, "threshold below one"):
            threshold = 0
        materials, products = self.rules(previous)
        step = Step(name=name, pubkeys=[who.public_key.keyid for who in allowed], threshold=threshold, expected_materials=materials, expected_products=products)
        after = self.products(before)
        count = len(allowed) if self.rng.random() < 0.6 else threshold
        if self.chance(0.05, "too few links"):
            count = max(0, threshold - 1)
        for who in allowed[:count]:
            self.link(name, who, before, after, folder, depth)
        return step, after, allowed

    def link(self, name: str, who: CryptoSigner, before: dict, after: dict, folder: str, depth: int) -> None:
        rng = self.rng
        file = f"{folder}{name}.{who.public_key.keyid:.8}.link"
        if depth == 0 and self.chance(0.08, "sublayout"):
            inner = f"{folder}{name}.{who.public_key.keyid:.8}/"
            layout, _ = self.layout(inner, depth + 1, before)
            self.files.append([file, self.by(who, layout)])
            return
        products = dict(after)
        if self.chance(0.04, "links differ"):
            products["extra"] = {"sha256": "33" * 32}
        link = Link(name=name, materials=before, products=products, command=["x"], byproducts={}, environment={})
        if self.chance(0.03, "another name"):
            link.name = "another"
        made = self.by(who, link)
        if self.chance(0.08, "wrong signer"):
            made = signed(rng, link, rng.choice([one for one in self.people if one is not who]))
        if self.chance(0.04, "changed"):
            opened = json.loads(made)
            document = body(opened)
            document["products"]["changed"] = {"sha256": "44" * 32}
            made = json.dumps(rewrap(opened, document))
        if self.chance(0.03, "key ID"):
            opened = json.loads(made)
            opened["signatures"][0]["keyid"] = swap_digits(opened["signatures"][0]["keyid"])
            made = json.dumps(opened)
        if self.chance(0.03, "misnamed"):
            file = f"{folder}{name}.00000000.link"
        self.files.append([file, made])

    def by(self, who: CryptoSigner, payload) -> str:
        """Signed with the key that the layout gives for `who`, under that ID."""
        made = signed(self.rng, payload, self.alias.get(who, who))
        if who not in self.alias:
            return made
        opened = json.loads(made)
        opened["signatures"][0]["keyid"] = who.public_key.keyid
        return json.dumps(opened)

    def layout(self, folder: str, depth: int, before: dict) -> tuple:
        rng = self.rng
        steps, keys, previous = [], {}, None
        for i in range(rng.randrange(1, 4 if depth == 0 else 2)):
            step, before, allowed = self.step(f"s{i}", previous, before, folder, depth)
            steps.append(step)
            previous = step.name
            keys.update({who.public_key.keyid: {**public(self.alias.get(who, who)), "keyid": who.public_key.keyid} for who in allowed})
        expires = "2999-01-01T00:00:00Z"
        if self.chance(0.04, "expired"):
            expires = "2001-01-01T00:00:00Z"
        return Layout(steps=steps, inspect=[], keys=keys, expires=expires), before


def tarball(files: dict) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def inspected(rng: random.Random, scene: Scene, layout: Layout) -> dict:
    """An inspection that unpacks an archive; gives the files that it finds."""
    names = rng.sample(["a", "src/a", "src/b.pyc", ".git/x", "c~", "d/e", "x.link"], rng.randrange(4))
    data = tarball({name: rng.choice([b"", b"one\n"]) for name in names})
    scene.traits.append("inspection")
    if rng.random() < 0.1:
        data = data[: len(data) // 2]
    products = [rule(rng, ["untar", "s0"]) for _ in range(rng.randrange(3))] + [["ALLOW", "p.tar.gz"], rng.choice([["ALLOW", "*"], ["DISALLOW", "d/*"], ["DISALLOW", "*.pyc"], ["REQUIRE", "a"]])]
    run = rng.choice([["tar", "xzf", "p.tar.gz"], ["tar", "-xf", "p.tar.gz"], ["tar", "--extract", "--file=p.tar.gz"]])
    layout.inspect = [Inspection(name="untar", run=run, expected_materials=[["ALLOW", "p.tar.gz"], ["DISALLOW", "*"]], expected_products=products)]
    return {"p.tar.gz": data}


def layout_case(rng: random.Random, people: list, root: str, number: int) -> dict:
    scene = Scene(rng, people[1:])
    layout, _ = scene.layout("", 0, {})
    artifacts = inspected(rng, scene, layout) if rng.random() < 0.1 else {}
    owners = [people[0]]
    signer = people[1] if scene.chance(0.04, "wrong owner") else people[0]
    file = signed(rng, layout, signer)
    folder, work = Path(root, str(number), "links"), Path(root, str(number), "work")
    for name, data in scene.files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data, encoding="utf-8", newline="")
    work.mkdir(parents=True)
    for name, data in artifacts.items():
        (work / name).write_bytes(data)
    theirs = asked(lambda: verify_layout(file, [public(who) for who in owners], folder, work, scene.parameters))
    return {
        "layout": file,
        "owners": [public(who) for who in owners],
        "files": scene.files,
        "artifacts": {name: base64.b64encode(data).decode() for name, data in artifacts.items()},
        "parameters": scene.parameters or {},
        "theirs": theirs,
        "traits": scene.traits,
    }


def verify_layout(file: str, owners: list, folder: Path, work: Path, parameters) -> None:
    metadata = Metadata.from_dict(json.loads(file))
    with contextlib.chdir(work):
        verifylib.in_toto_verify(metadata, {key["keyid"]: key for key in owners}, str(folder), parameters, persist_inspection_links=False)


# What somebody else wrote


def judged(case: dict, root: str, number: int) -> dict:
    """A supply chain that was made elsewhere."""
    folder, work = Path(root, str(number), "links"), Path(root, str(number), "work")
    work.mkdir(parents=True)
    for name, data in case["files"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data, encoding="utf-8", newline="")
    return {**case, "theirs": asked(lambda: verify_layout(case["layout"], case["owners"], folder, work, None))}


def main() -> None:
    wanted = json.load(sys.stdin)
    rng = random.Random(wanted["seed"])
    people = [make_key(rng, kind) for kind in KEY_TYPES]
    with tempfile.TemporaryDirectory() as root, open(os.devnull, "w", encoding="utf-8") as nowhere:
        # Each case has its own source of randomness: signatures of changing length must not change the next case.
        each = lambda kind: enumerate(random.Random(f"{wanted['seed']}/{kind}/{i}") for i in range(wanted.get(kind, 0)))
        made = {
            "patterns": [pattern_case(rng) for _, rng in each("patterns")],
            "rules": [rules_case(rng) for _, rng in each("rules")],
            "links": [link_case(rng, people, root) for _, rng in each("links")],
        }
        with contextlib.redirect_stderr(nowhere):
            made["layouts"] = [layout_case(rng, people, root, i) for i, rng in each("layouts")]
            made["judged"] = [judged(case, root, i) for i, case in enumerate(wanted.get("judge", []), wanted.get("layouts", 0))]
        made["now"] = int(time.time())
        json.dump(made, sys.stdout)


main()
