"""Small neural networks, trained fast on a CPU: layers, schedule, training loop, augmentation, estimators.

Nothing here imports Keras or JAX before a network is fitted or used.
"""
