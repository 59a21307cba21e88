def f(:
  "open
