;; Row 11: a summary of three megabytes, all of which are there.
(module
  (memory (export "memory") 50)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (memory.fill (i32.const 8192) (i32.const 0x41) (i32.const 3000000))
    (i32.store (i32.const 4116) (i32.const 8192))
    (i32.store (i32.const 4120) (i32.const 3000000))
    (i32.const 4096)))
