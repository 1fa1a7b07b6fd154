"""All reasons to reject a frame and all notes on an accepted one, by code.

A reason concerns the frame (`##`, length, check sum) and nothing else. A note is an
irregularity that was seen in practice [VOC-C5], [VOC-C7] or that the standard forbids; the
message is accepted, the note counted and reported.
"""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """An irregularity by its code, and its field or factor in the message."""

    code: str
    at: str = ""


REASON_TEXT = {
    "empty": "there is nothing in it",
    "json": "a line of JSON without a text under `message`",
    "start": "it does not begin with ##",
    "length_form": "the length is not four decimal digits",
    "too_long": "the length is above 1024 bytes",
    "length": "the length is not that of the segment",
    "check_sum_missing": "the check sum is missing",
    "check_sum_form": "the check sum is not four hexadecimal digits",
    "check_sum_impossible": "no segment has this check sum",
    "check_sum": "the check sum is not that of the segment",
}
NOTE_TEXT = {
    # the frame
    "check_sum_case": "check sum in lower case",
    "check_sum_zero": "check sum 0000, which is right here and looks like none",
    "not_utf8": "text that is not UTF-8, read as GB18030",
    "not_text": "bytes that are no text",
    "control_character": "control characters in the text",
    # the fields
    "field_order": "fields not in the order of the standard",
    "field_case": "the name of a field spelt in other letters",
    "field_twice": "a field given twice",
    "field_unknown": "a field that the standard does not have",
    "separator": "a comma or an empty field where one semicolon belongs",
    "no_qn": "no request number",
    "qn_unix": "a request number of 13 digits, a Unix time in milliseconds",
    "qn_form": "a request number that is no time of 17 digits",
    "no_st": "no system number",
    "st_unknown": "a system number that the standard does not have",
    "no_cn": "no command number",
    "cn_unknown": "a command that the standard does not have",
    "cn_reserved": "a command that the standard reserves",
    "cn_of_2005": "a command of 2005 in a message of 2017",
    "no_pw": "no password",
    "pw_empty": "an empty password",
    "pw_length": "a password that is not of 6 characters",
    "no_mn": "no device number",
    "mn_form": "a device number that is not of 24 (2017) or 14 (2005) characters",
    "no_flag_field": "no Flag",
    "flag_form": "a Flag that is no number",
    "version_unknown": "a Flag of a version later than 2017",
    "parts_missing": "Flag says that the message is split, and PNUM or PNO is missing",
    "parts_unasked": "PNUM or PNO where Flag does not say that the message is split",
    "parts_form": "PNUM or PNO that is no number from 1 to 9999",
    "part_beyond": "a part whose number is above the count of parts",
    # the content
    "no_cp": "no content",
    "cp_open": "content that is not closed by &&",
    "cp_after": "text after the end of the content",
    "cp_length": "content longer than the standard allows",
    "item_empty": "an empty item",
    "item_mixed": "a comma where a semicolon belongs",
    "no_value": "a field without a value",
    "name_unknown": "a name that the standard does not have",
    "suffix_unknown": "a suffix that the standard does not have",
    "factor_unknown": "a factor that the standard does not have",
    "factor_version": "a factor code of the other version",
    "factor_twice": "the same factor twice with the same value",
    "factor_contradicts": "the same factor twice with different values: neither is used",
    "no_datatime": "data without DataTime",
    "time_17": "a time of 17 digits",
    "time_form": "a time that does not exist, or none of the years 2000 to 2099",
    "number_form": "a value that is no decimal number",
    "decimal_comma": "a decimal comma in a value: not used",
    "number_digits": "a value with more digits than the standard gives the factor",
    "number_range": "a value beyond what any outlet can have: not used",
    "negative": "a flow, concentration or total below zero: not used",
    "min_avg_max": "a mean outside its least and greatest value",
    "no_data_flag": "no data flag: taken as normal",
    "data_flag_unknown": "a data flag that the standard does not have",
    "data_flag_version": "a data flag of the other version",
    "zero_flow_normal": "a flow of zero that is flagged normal",
    "volume_missing": "a concentration without a flow",
    "conc_missing": "a flow without a concentration",
    "total_disagrees": "a stated total that is half or double of flow times concentration",
    # several messages
    "resent": "the same message again",
    "qn_reused": "another message under the same number",
    "part_order": "parts that came in another order",
    "part_contradicts": "a part that came again with other content: the first is kept",
    "parts_incomplete": "a split message of which parts are missing",
}


def text_of(code: str) -> str:
    """The English text of a reason or note."""
    return REASON_TEXT.get(code) or NOTE_TEXT[code]
