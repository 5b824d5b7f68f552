"""Whose face it is: detection, quality, embedding, enrolment, scoring. The only place that imports insightface."""
