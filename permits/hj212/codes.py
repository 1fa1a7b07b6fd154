"""Systems, commands, periods, flags, suffixes and answers [VOC-C1], [VOC-C2]."""

from __future__ import annotations

SYSTEMS = {
    "21": "surface water",
    "22": "air quality",
    "23": "noise",
    "24": "ground water",
    "25": "soil",
    "26": "sea water",
    "27": "volatile organic compounds",
    "31": "air pollution source",
    "32": "waste water source",
    "39": "site dust",
    "51": "flue gas process",
    "52": "waste water process",
    "91": "system messages",
}
SOURCES = ("27", "31", "32")
"""The systems whose messages are readings of an outlet."""

REAL_TIME, STATES, DAY, RUN_TIME, MINUTE, HOUR, RESTARTED = (
    "2011", "2021", "2031", "2041", "2051", "2061", "2081",
)  # fmt: skip
PERIOD_S = {HOUR: 3_600, DAY: 86_400}
"""Seconds of a period; a message does not state that of minute data (`MinInterval`)."""
PERIODS = (MINUTE, HOUR, DAY)
UPLOADS = (REAL_TIME, STATES, DAY, RUN_TIME, MINUTE, HOUR, RESTARTED, "3020")
"""Messages that a device sends unasked; they are answered with 9014."""
NOTICES = ("1013", "2012", "2022")
"""Messages that request no result; they are answered with 9013."""

COMMANDS = {
    "1000": "set time-out and resends",
    "1011": "get time",
    "1012": "set time",
    "1013": "device asks for time",
    "1061": "get real-time interval",
    "1062": "set real-time interval",
    "1063": "get minute interval",
    "1064": "set minute interval",
    "1072": "set password",
    REAL_TIME: "real-time data",
    "2012": "stop real-time data",
    STATES: "device states",
    "2022": "stop device states",
    DAY: "day data",
    RUN_TIME: "run times of a day",
    MINUTE: "minute data",
    HOUR: "hour data",
    RESTARTED: "logger restarted",
    "3011": "zero and span",
    "3012": "sample now",
    "3013": "clean or blow back",
    "3014": "comparison sample",
    "3015": "keep sample on exceedance",
    "3016": "set sampling cycle",
    "3017": "get sampling cycle",
    "3018": "get sampling duration",
    "3019": "get serial number",
    "3020": "field information and logs",
    "3021": "set field parameter",
    "9011": "request taken",
    "9012": "request done",
    "9013": "notice taken",
    "9014": "data taken",
}
COMMANDS_2005 = {
    "1001": "set time-out and resends",
    "1021": "get alarm limits",
    "1022": "set alarm limits",
    "1031": "get report address",
    "1032": "set report address",
    "1041": "get report time",
    "1042": "set report time",
    "2071": "alarm records",
    "2072": "alarm event",
}
RESERVED = range(3022, 4000)

REQUEST_TAKEN, REQUEST_DONE, NOTICE_TAKEN, DATA_TAKEN = "9011", "9012", "9013", "9014"
ANSWERS = (REQUEST_TAKEN, REQUEST_DONE, NOTICE_TAKEN, DATA_TAKEN)
READY, REFUSED, WRONG_PASSWORD, WRONG_DEVICE, WRONG_COMMAND = 1, 2, 3, 4, 8
"""QnRtn, whether a request is taken [VOC-C1]."""
DONE = 1  # ExeRtn, how it ended

NORMAL = "N"
FLAGS_2017 = {
    "N": "normal",
    "F": "instrument stopped",
    "M": "maintenance",
    "S": "set by hand",
    "D": "fault",
    "C": "calibration",
    "T": "over range",
    "B": "no communication",
}
FLAGS_2005 = {
    "P": "power failure",
    "F": "source stopped",
    "C": "calibration",
    "M": "maintenance",
    "T": "over range",
    "D": "fault",
    "S": "set by hand",
    "N": "normal",
    "0": "calibration of an air station",
    "1": "air station, one",
    "2": "air station, two",
    "3": "air station, three",
}

NUMBERS = ("Rtd", "Min", "Avg", "Max", "ZsRtd", "ZsMin", "ZsAvg", "ZsMax", "Cou")
SUFFIXES = frozenset((*NUMBERS, "Flag", "EFlag", "SampleTime", "RS", "RT", "Info"))
NAMES = frozenset((
    "AlarmTime", "BeginTime", "CTime", "CstartTime", "DataTime", "EndTime", "ExeRtn", "InfoId",
    "MinInterval", "NewPW", "OverTime", "PolId", "QN", "QnRtn", "ReCount", "RestartTime",
    "RtdInterval", "SN", "Stime", "SystemTime", "VaseNo",
))  # fmt: skip
"""Names without a factor; those not found in [VOC-C1] are assumed."""
TIMES = frozenset(("AlarmTime", "BeginTime", "DataTime", "EndTime", "RestartTime", "SystemTime"))

MOST_SEGMENT = 1024  # bytes of a segment [VOC-C1]
MOST_CONTENT = {2005: 960, 2017: 950}
"""Characters of a segment's content, by version [VOC-C1], [VOC-C2]."""
