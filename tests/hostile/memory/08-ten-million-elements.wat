;; Row 8: wants a table of ten million elements before its first instruction.
(module
  (table 10000000 funcref))
