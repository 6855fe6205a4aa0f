;; Row 14: a summary of one byte, 0xff, which is no UTF-8.
(module
  (data (i32.const 4300) "\ff")
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (i32.store (i32.const 4116) (i32.const 4300))
    (i32.store (i32.const 4120) (i32.const 1))
    (i32.const 4096)))
