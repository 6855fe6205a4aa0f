;; Row 9: eight tables of twenty thousand elements. Each is small, all together are not.
(module
  (table 20000 funcref) (table 20000 funcref) (table 20000 funcref) (table 20000 funcref)
  (table 20000 funcref) (table 20000 funcref) (table 20000 funcref) (table 20000 funcref))
