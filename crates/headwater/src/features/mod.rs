//! From a dataset and a spend path to design matrices.
