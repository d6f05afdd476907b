import datetime as dt
from pathlib import Path

import yaml
from pydantic import ValidationError

from recommender.params import expectation
from recommender_lab.check.sections import AllParams as Params

OWN = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")
ODD_VALUES = [None, True, -1, 0, 10**40, 2.5, 1e300, "", "odd", [], ["odd"], [[]], {}, {"odd": 1}, dt.date(2000, 1, 1)]
LIBRARY = ["input", "instance of", "validation", "should", "pydantic", "another value", "valid string", "required"]


def test_no_message_is_in_the_words_of_a_library():
    values = yaml.safe_load(OWN)
    wrong = []
    for section, keys in values.items():
        odd = [(None, value) for value in ODD_VALUES] + [(key, value) for key in keys for value in ODD_VALUES]
        for key, value in odd:
            try:
                Params.model_validate(values | {section: value if key is None else keys | {key: value}})
            except ValidationError as error:
                said = [expectation(dict(found)) for found in error.errors()]
                wrong += [(section, key, text) for text in said if any(word in text.lower() for word in LIBRARY)]
    assert not wrong
