"""One module per revision, numbered; each goes up and down."""
