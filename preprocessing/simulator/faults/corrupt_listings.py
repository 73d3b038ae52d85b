"""Faults of folder listings: empty, or with entries from elsewhere."""

from __future__ import annotations

from preprocessing.simulator.answers import Answer, text_answer
from preprocessing.simulator.bucket_answers import BUCKET_PATH
from preprocessing.simulator.downloads import not_found
from preprocessing.simulator.faults.fault_context import FaultContext

__all__ = ["foreign_listing", "no_listing"]

_EMPTY = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
_FOREIGN = (
    '<!DOCTYPE x [<!ENTITY e "eeeeeeeeee">]><ListBucketResult><IsTruncated>false</IsTruncated>'
    "<Contents><Key>../../etc/&e;</Key></Contents></ListBucketResult>"
)
_FOREIGN_INDEX = '<a href="/">Up</a> <a href="../../etc/">etc</a> <a href="//other.host/f/">f</a>\n'


def no_listing(answer: Answer, context: FaultContext) -> Answer:
    """List nothing, as if the folder did not exist."""
    return text_answer(200, _EMPTY, "xml") if _is_of_bucket(context) else not_found()


def foreign_listing(answer: Answer, context: FaultContext) -> Answer:
    """List files outside the folder, and an XML entity that expands when it is read."""
    if _is_of_bucket(context):
        return text_answer(200, _FOREIGN, "xml")
    return text_answer(200, _FOREIGN_INDEX, "html")


def _is_of_bucket(context: FaultContext) -> bool:
    return BUCKET_PATH in context.call.target.partition("?")[0]
