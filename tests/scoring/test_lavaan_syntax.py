"""Model text: what the grammar reads, and that everything else is refused without being run."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ModelError, ModelSyntaxError
from scoring.structural.lavaan_syntax import parse
from scoring.structural.model import Construct, Path


def test_it_reads_constructs_paths_covariances_and_comments():
    model = parse(
        "# a model\nF =~ x1 +  # first\n  x2\n   + x3\nG =~ y1 + y2; F ~~ G\nx1 ~~ y1\nG ~ z\nz ~~ z"
    )
    assert model.constructs == (
        Construct("F", ("x1", "x2", "x3")),
        Construct("G", ("y1", "y2")),
        Construct("z", ("z",)),
    )
    assert model.paths == (Path("z", "G"),)
    assert model.residual_covariances == (("F", "G"), ("x1", "y1"))


def test_names_may_be_chinese():
    model = parse("满意度 =~ 项目1 + 项目2\n忠诚度 ~ 满意度")
    assert model.names == ("满意度", "忠诚度")


def test_it_reads_fixed_and_labelled_values_and_writes_them_again():
    text = (
        "F =~ 1*x1 + a*x2 + a*x3\nG =~ y1 + .5*y2 + y3\nG ~ -2.5e-1 * F + slope*z; x1 ~~ 0.1*y1\n"
        "y3 ~~ v*y3\nz ~~ 2*z\nw =~ w1\nw1 ~~ 0*w1\nG ~ w"
    )
    model = parse(text)
    assert {(one.left, one.operator, one.right): one.value or one.label for one in model.restrictions} == {
        ("F", "=~", "x2"): "a",
        ("F", "=~", "x3"): "a",
        ("G", "=~", "y2"): 0.5,
        ("G", "~", "F"): -0.25,
        ("G", "~", "z"): "slope",
        ("x1", "~~", "y1"): 0.1,
        ("y3", "~~", "y3"): "v",
        ("z", "~~", "z"): 2.0,
    }
    assert parse(model.to_lavaan()) == model
    assert {one.operator for one in model.measurement().restrictions} == {"=~", "~~"}


def test_windows_line_ends_and_several_lines_for_one_construct():
    model = parse("F =~ a\r\nF =~ b\r\n\r\nG ~ F\r\n")
    assert model.constructs[0].items == ("a", "b")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("F =~ x1 + x2\nG := F*2", 2, 3),
        ("F =~ 2*x1 + x2", 1, 6),
        ("F =~ a*x1", 1, 6),
        ("F =~ x1 + 1*", 1, 12),
        ("F =~ x1 + *x2", 1, 11),
        ("F =~ x1 + a*b*x2", 1, 13),
        ("F =~ x1 + 2*3", 1, 12),
        ("F =~ x1 + NA*x2", 1, 11),
        ("F =~ x1 + c(1,2)*x2", 1, 12),
        ("F =~ x1 + 1e999*x2", 1, 11),
        ("2*F =~ x1", 1, 1),
        ("F =~ x1 + x2\nx2 ~~ 0*x2", 2, 7),
        ("F =~ x1 + x2\nF ~~ -1*F", 2, 6),
        ("F =~ x1\nx1 ~~ 0.5*x1", 2, 1),
        ("F =~ x1 + x2 + a*x3\nG =~ y\nG ~ a*F", 3, 5),
        ("F =~ x1 x2", 1, 9),
        ("F =~ x1 ++ x2", 1, 10),
        ("F =~ x1 +", 1, 9),
        ("F =~", 1, 3),
        ("=~ x", 1, 1),
        ("F x", 1, 1),
        ("F ~ x ~ y", 1, 7),
        ("F =~ x1\n  G ~ f(x)", 2, 8),
        ("F =~ x1\nx1 ~~ x1", 2, 1),
        ("F =~ x + x", 1, 10),
        ("y ~ x -1", 1, 7),
        ("y ~ x\x00", 1, 6),
    ],
)
def test_it_names_line_and_column_of_what_it_does_not_know(text, line, column):
    with pytest.raises(ModelSyntaxError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        'CONSTRAINT(__import__("os").system("touch {path}"))',
        'F =~ x1 + x2\nCONSTRAINT(__import__("os").system("touch {path}"))',
        'F =~ x1 + x2\nSTART(__import__("os").system("touch {path}")) x1',
        'constraint: __import__("os").system("touch {path}")',
        'F =~ `__import__("os").system("touch {path}")`',
    ],
)
def test_poisoned_text_is_refused_and_never_run(text, tmp_path):
    trace = tmp_path / "trace"
    with pytest.raises(ModelSyntaxError):
        parse(text.replace("{path}", str(trace)))
    assert not trace.exists()


def test_a_model_of_5000_variables_is_refused_at_once():
    text = "F =~ " + " + ".join(f"x{i}" for i in range(5000))
    began = time.perf_counter()
    with pytest.raises(ModelError, match="5000 items"):
        parse(text)
    with pytest.raises(ModelError, match="constructs"):
        parse("\n".join(f"x{i + 1} ~ x{i}" for i in range(4999)))
    with pytest.raises(ModelSyntaxError, match="longer"):
        parse("#" * 200_001)
    assert time.perf_counter() - began < 2


def test_a_short_text_cannot_join_millions_of_pairs():
    """Every name on the left goes with every name on the right: 6,000 of each would be 36 million paths."""
    began = time.perf_counter()
    for operator in ("=~", "~", "~~"):
        text = f"{'+'.join(['a'] * 6000)} {operator} {'+'.join(f'x{i}' for i in range(6000))}"
        with pytest.raises(ModelError, match="more than 50000 pairs"):
            parse(text)
    with pytest.raises(ModelError, match="pairs"):
        parse("\n".join(["+".join("abcdefghij" * 10) + " ~ " + "+".join("klmnopqrst" * 10)] * 100))
    with pytest.raises(ModelError, match="20000 items"):
        parse("F =~ " + "+".join(f"x{i}" for i in range(20_000)))
    assert time.perf_counter() - began < 2


NAMES = st.sampled_from(["F", "G", "x1", "x2", "y1", "y2", "z"])
TERMS = st.builds(
    lambda modifier, name: modifier + name, st.sampled_from(["", "", "a*", "1*", "0*", "-.5*"]), NAMES
)
LINES = st.builds(
    lambda left, operator, terms: f"{left} {operator} {' + '.join(terms)}",
    NAMES,
    st.sampled_from(["=~", "~", "~~"]),
    st.lists(TERMS, min_size=1, max_size=3),
)


@settings(max_examples=300, deadline=2000)
@given(st.lists(LINES, min_size=1, max_size=4))
def test_what_it_reads_it_writes_again(lines):
    try:
        model = parse("\n".join(["F =~ x1 + a*x2", *lines]))
    except ModelError:
        return
    assert parse(model.to_lavaan()) == model


@settings(max_examples=200, deadline=2000)
@given(st.text(alphabet="FGxy1 =~+\n#;*(.-éa项", max_size=60))
def test_no_text_does_anything_but_parse_or_be_refused(text):
    try:
        assert parse(text).constructs
    except ModelError as error:
        assert str(error)
