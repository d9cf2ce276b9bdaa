"""A short campaign of faults, and the oracle that judges it."""

import shutil
import sqlite3

import pytest
from fault_campaign.campaign import Campaign
from fault_campaign.faults import possible

HARMS = {
    "lost": "DELETE FROM rows WHERE key = (SELECT min(key) FROM rows)",
    "another": "UPDATE rows SET metrics = '{}' WHERE key = (SELECT min(key) FROM rows)",
    "two rows": """
        CREATE TEMP TABLE doubled AS SELECT * FROM rows LIMIT 1;
        UPDATE doubled SET key = 'x';
        INSERT INTO rows SELECT * FROM doubled;
    """,
}


@pytest.mark.heavy
@pytest.mark.timeout(900)  # about 30 CPU-seconds; others may use the machine too
def test_faults_of_every_kind(tmp_path):
    """A fault of each kind, from killed processes to a full disk, loses, doubles and changes no row and leaves no process."""
    campaign = Campaign(tmp_path, seed=3)
    campaign.run(len(possible()))
    assert campaign.failures == []
    assert set(campaign.tried) == set(possible())
    for word, harm in HARMS.items():  # what the oracle is there for
        shutil.copy(campaign.calm_store, campaign.store)
        campaign.look("none")
        assert campaign.failures == []
        with sqlite3.connect(campaign.store) as database:
            database.executescript(harm)
        database.close()
        campaign.look("harm")
        assert any(word in failure for failure in campaign.failures)
        campaign.failures.clear()
        campaign.renew()
