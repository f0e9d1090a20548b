"""What one asks then: one module a question."""
