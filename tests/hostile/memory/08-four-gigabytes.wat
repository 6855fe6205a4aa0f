;; Row 8: wants four gigabytes before its first instruction.
(module
  (memory (export "memory") 65536))
