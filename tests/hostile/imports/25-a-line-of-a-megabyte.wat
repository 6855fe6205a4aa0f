;; Row 25: one line of log of a megabyte, and then a sound score.
(module
  (import "scorebox:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 20)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (memory.fill (i32.const 65536) (i32.const 0x41) (i32.const 1000000))
    (call $log (i32.const 2) (i32.const 65536) (i32.const 1000000))
    (f64.store (i32.const 4104) (f64.const 1))
    (i32.const 4096)))
