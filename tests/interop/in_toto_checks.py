"""Asks PyPI in-toto whether links are signed by keys.

Standard input: [{"name", "link": path, "key": path of a PEM}]
Standard output: [{"name", "verdict"}]: "accepted" or the reason of the refusal.
"""

import json
import sys
from pathlib import Path

from in_toto.models.metadata import Metablock
from securesystemslib.signer import SSlibKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def judge(case: dict) -> dict:
    try:
        key = SSlibKey.from_crypto(load_pem_public_key(Path(case["key"]).read_bytes()))
        block = Metablock.load(case["link"])
        block.verify_signature({"keyid": key.keyid, **key.to_dict()})
        block.signed.validate()
    except Exception as error:  # whatever it is, in-toto did not accept
        return {"name": case["name"], "verdict": f"{type(error).__name__}: {error}"}
    return {"name": case["name"], "verdict": "accepted"}


json.dump([judge(case) for case in json.load(sys.stdin)], sys.stdout)
