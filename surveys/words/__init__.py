"""What customers wrote: who may read which of it, and which words come up."""
