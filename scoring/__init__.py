"""The measurement engine: instruments, structural models and their indices, as functions over arrays."""
