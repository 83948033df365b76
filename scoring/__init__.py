"""The measurement engine: instruments, structural models and their indices, as functions over arrays."""

__version__ = "0.1.0"
