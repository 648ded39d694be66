"""The evaluation report: figures with intervals, plots, errors by class, fairness and speed, as one page (extra `report`)."""
