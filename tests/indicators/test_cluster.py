"""Frames of a cluster are scored where they are, and the scores are the same: a local Dask and a local Spark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from cpaudit.dataset import Dataset
from cpaudit.indicators import explain, score
from tests.support.builders import measurement
from tests.support.scoring import COOLING, KEYS, rows, system, trt

pytestmark = pytest.mark.together

COLUMNS = [*KEYS, "indicator", "value", "state"]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
    }
    builder = SparkSession.builder.master("local[2]").appName("cpaudit")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(params=["dask", "spark"])
def send(request: pytest.FixtureRequest) -> Any:
    """Take a pandas frame to the cluster."""
    if request.param == "dask":
        import dask.dataframe as dd

        return lambda frame: dd.from_pandas(frame, npartitions=3)
    import pyarrow as pa

    session = request.getfixturevalue("spark")
    return lambda frame: session.createDataFrame(pa.Table.from_pandas(frame, preserve_index=False))


def some(ds: Dataset, n: int = 25) -> pd.DataFrame:
    mine = ds.plants["plant_id"].iloc[:: len(ds.plants) // n]
    return ds.measurements.loc[ds.measurements["plant_id"].isin(mine), COLUMNS].reset_index(drop=True)


@pytest.mark.parametrize("function", [score, explain], ids=lambda f: f.__name__)
def test_a_cluster_gives_the_same_table(ds: Dataset, send: Any, function: Any) -> None:
    measured = some(ds)
    pd.testing.assert_frame_equal(function(send(measured)), function(measured), check_dtype=False)


def test_a_cluster_knows_what_depends_on_the_plant(send: Any) -> None:
    variants = [{"when": {"cooling": c}, "baselines": {"I": n, "II": 20, "III": 30}} for c, n in (("wet", 5), ("air", 10))]
    made = system({"g1": ("1", [{"id": "a", "weight": "1", "variants": variants}])}, id="varies", parameters=COOLING)
    answers = [measurement("p", "varies", "cooling", "after", 2), measurement("p", "varies", "a", "after", 8)]
    measured = pd.DataFrame([*answers, *rows({"trt": 100, "power": 35, "bprt": "n/a", "saving": 1}, "q")])[COLUMNS]
    measured["value"] = measured["value"].astype("float64")
    expected = score(measured, [made, trt()])
    pd.testing.assert_frame_equal(score(send(measured), [made, trt()]), expected, check_dtype=False)
    assert expected["level"].tolist() == [1, 2]
