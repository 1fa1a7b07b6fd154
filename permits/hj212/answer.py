"""Answers of the receiving side: data received, notice received, request received and done.

The version of the message determines the form. In 2017 an answer repeats the request
number among its fields, in 2005 in its content. An answer to a part repeats PNUM and PNO,
so that a part sent twice cannot be taken for the next one.
"""

from __future__ import annotations

from collections.abc import Collection

from permits.hj212.codes import (
    ANSWERS,
    DATA_TAKEN,
    DONE,
    NOTICE_TAKEN,
    NOTICES,
    READY,
    REQUEST_DONE,
    REQUEST_TAKEN,
    UPLOADS,
    WRONG_COMMAND,
)
from permits.hj212.message import Item, Message, flag_of

ANSWER_SYSTEM = "91"


def answers_to(message: Message, can: Collection[str] = ()) -> tuple[Message, ...]:
    """The answers to a message, in order; none where no answer is requested.

    Args:
        message: the message received.
        can: commands that this side can carry out; others are refused.
    """
    if not message.asks_answer or message.cn in ANSWERS or message.cn is None:
        return ()
    if message.cn in UPLOADS and message.items:
        return (_answer(message, DATA_TAKEN),)
    if message.cn in NOTICES:
        return (_answer(message, NOTICE_TAKEN),)
    if message.cn not in can:
        return (_answer(message, REQUEST_TAKEN, (("QnRtn", str(WRONG_COMMAND)),)),)
    return (
        _answer(message, REQUEST_TAKEN, (("QnRtn", str(READY)),)),
        _answer(message, REQUEST_DONE, (("ExeRtn", str(DONE)),)),
    )


def refusals_to(message: Message, code: int) -> tuple[Message, ...]:
    """The answer to a message that is not taken; none where no answer is requested.

    Args:
        message: the message received.
        code: why (QnRtn), such as `codes.WRONG_PASSWORD`.
    """
    if not message.asks_answer or message.cn in ANSWERS or message.cn is None:
        return ()
    return (_answer(message, REQUEST_TAKEN, (("QnRtn", str(code)),)),)


def answered(answer: Message) -> tuple[str | None, int | None]:
    """The request number that an answer refers to, and the part, if it names one."""
    return answer.value("QN") or answer.qn, answer.pno


def _answer(message: Message, command: str, *items: Item) -> Message:
    old = message.version == 2005
    number: tuple[Item, ...] = ((("QN", message.qn),),) if old and message.qn else ()
    part = message.is_part
    return Message(
        command,
        message.mn,
        (*number, *items),
        qn=None if old else message.qn,
        st=ANSWER_SYSTEM,
        pw=message.pw,
        flag=flag_of(message.version, split=part),
        pnum=message.pnum if part else None,
        pno=message.pno if part else None,
    )
