"""What the papers print beside what is measured here: data in ``instances/reproduction``, one file per paper."""
