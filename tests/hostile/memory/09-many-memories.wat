;; Row 9: eight memories of one megabyte. Each is small, all together are not.
(module
  (memory (export "memory") 16)
  (memory 16) (memory 16) (memory 16) (memory 16) (memory 16) (memory 16) (memory 16))
