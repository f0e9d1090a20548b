"""Pictures, sentences and tables of a judgement; every ``plot_*`` works without pyplot."""
