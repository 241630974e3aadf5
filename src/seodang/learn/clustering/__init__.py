"""Groups in a table that has no target.

space      a table → standardised numbers, each column of the same weight
methods    k-means, Gaussian mixture, hierarchical, DBSCAN, HDBSCAN
judge      silhouette, stability over resamples, and what columns shuffled would give
choose     how many groups, and which method
profile    by what the groups differ
page       the report
"""
