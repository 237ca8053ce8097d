"""Asks PyPI sigstore's own functions what they think of log answers.

Standard input: {"publicKey": PEM, "cases": [{"name", "answer": the value of one entry in Rekor v1's answer}]}
Standard output: [{"name", "set", "inclusion", "checkpoint"}], each "accepted" or the reason of the refusal.

The entry is built as TransparencyLogEntry._from_v1_response does, whose only other step is to refuse
kinds of entry that sigstore itself never makes.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore.models import TransparencyLogEntry
from sigstore_models.common import v1 as common
from sigstore_models.rekor import v1 as rekor


def keyring(pem: str) -> Keyring:
    der = load_pem_public_key(pem.encode()).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = common.PublicKey(
        raw_bytes=base64.b64encode(der), key_details=common.PublicKeyDetails.PKIX_ECDSA_P256_SHA_256
    )
    made = Keyring([key])
    assert made._keyring, "sigstore takes no such key"
    return made


def entry(answer: dict) -> TransparencyLogEntry:
    proof = answer["verification"]["inclusionProof"]
    of_hex = lambda text: base64.b64encode(bytes.fromhex(text))
    inner = rekor.TransparencyLogEntry(
        log_index=str(answer["logIndex"]),
        log_id=common.LogId(key_id=of_hex(answer["logID"])),
        kind_version=rekor.KindVersion(kind="link", version="0.0.1"),
        integrated_time=str(answer["integratedTime"]),
        inclusion_promise=rekor.InclusionPromise(
            signed_entry_timestamp=answer["verification"]["signedEntryTimestamp"]
        ),
        inclusion_proof=rekor.InclusionProof(
            log_index=str(proof["logIndex"]),
            root_hash=of_hex(proof["rootHash"]),
            tree_size=str(proof["treeSize"]),
            hashes=[of_hex(one) for one in proof["hashes"]],
            checkpoint=rekor.Checkpoint(envelope=proof["checkpoint"]),
        ),
        canonicalized_body=answer["body"],
    )
    return TransparencyLogEntry(inner)


def outcome(check) -> str:
    try:
        check()
    except Exception as error:  # whatever it is, sigstore did not accept
        return f"{type(error).__name__}: {error}"
    return "accepted"


def judge(keys: Keyring, case: dict) -> dict:
    answer = case["answer"]
    return {
        "name": case["name"],
        "set": outcome(lambda: entry(answer)._verify_set(keys)),
        "inclusion": outcome(lambda: verify_merkle_inclusion(entry(answer))),
        "checkpoint": outcome(lambda: verify_checkpoint(keys, entry(answer))),
    }


asked = json.load(sys.stdin)
keys = keyring(asked["publicKey"])
json.dump([judge(keys, case) for case in asked["cases"]], sys.stdout)
