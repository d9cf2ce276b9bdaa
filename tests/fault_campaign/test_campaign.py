"""The campaign of faults, in small: every kind at least twice, none with harm; and the oracle sees harm."""

import sqlite3

import pytest
from fault_campaign.campaign import Campaign
from fault_campaign.faults import KINDS

FAULTS = 30


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_faults_do_no_harm(tmp_path):
    """Thirty faults of all kinds lose no row, double none, change none and leave no process."""
    campaign = Campaign(tmp_path, seed=0)
    campaign.run(FAULTS, lambda kind: None)
    assert campaign.failures == []
    assert campaign.tried.total() == FAULTS


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("harm", "message"),
    [
        ("DELETE FROM rows WHERE key = (SELECT min(key) FROM rows)", "lost"),
        ("UPDATE rows SET status = 'timeout' WHERE key = (SELECT min(key) FROM rows)", "is another"),
    ],
)
def test_harm_is_seen(tmp_path, monkeypatch, harm, message):
    """A fault that takes a row away or changes one is told."""

    def harmful(scene):
        with scene.workload.start(scene.store) as driver:
            driver.wait()
        if harmed:
            with sqlite3.connect(scene.store) as database:
                database.execute(harm)
            database.close()
        harmed.append(True)
        return ""

    harmed = []
    for kind in list(KINDS):
        monkeypatch.delitem(KINDS, kind)
    monkeypatch.setitem(KINDS, "harm", harmful)
    campaign = Campaign(tmp_path, seed=0)
    monkeypatch.setattr(campaign, "_end", lambda: None)
    campaign.run(2, lambda kind: None)
    assert any(message in line for line in campaign.failures)
