"""The name of every column that more than one module reads or writes.

`event` columns describe the log, `candidate` columns what retrieval hands to ranking, `recommendation` columns what a
policy answers. Ids keep the type and the value of the raw data in every table.
"""

from typing import Final

USER: Final = "user_id"
ITEM: Final = "item_id"
RATING: Final = "rating"
TIME: Final = "timestamp"
EVENT: Final = (USER, ITEM, RATING, TIME)

TITLE: Final = "title"
RELEASE_DATE: Final = "release_date"
GENRE_PREFIX: Final = "genre_"

AGE: Final = "age"
GENDER: Final = "gender"
OCCUPATION: Final = "occupation"

RANK: Final = "rank"
SCORE: Final = "score"
RECOMMENDATION: Final = (USER, RANK, ITEM, SCORE)

REQUEST: Final = "request"
LABEL: Final = "label"
CANDIDATE: Final = (REQUEST, USER, ITEM, TIME, LABEL)

POLICY: Final = "policy"
POLICIES: Final = ("random", "popularity", "svd", "two_stage")
"""The values of that column."""
WHY: Final = "why"
METRIC: Final = "metric"
VALUE: Final = "value"
