from recommender_lab.report.colours import colours, key


def test_policies_keep_their_colour_in_any_company_of_policies():
    every = colours(["random", "popularity", "svd", "two_stage"])
    assert len(set(every.values())) == 4
    assert colours(["two_stage", "svd"]) == {name: every[name] for name in ("two_stage", "svd")}


def test_other_names_beside_policies_have_colours_of_their_own():
    found = colours(["two_stage_frozen", "two_stage", "svd", "two_stage_exploring"])
    assert len(set(found.values())) == 4
    assert list(found) == ["two_stage_frozen", "two_stage", "svd", "two_stage_exploring"]
    assert found["two_stage"] == colours(["two_stage"])["two_stage"]


def test_other_names_are_told_apart_by_place_and_start_again():
    found = colours([*"abcdefg", "a", "h"])
    assert len(set(found.values())) == 7
    assert found["h"] == found["a"]


def test_the_key_names_each_colour():
    assert key({"two_stage": "#123456"}).count("#123456") == 1
    assert "two stage" in key({"two_stage": "#123456"})
