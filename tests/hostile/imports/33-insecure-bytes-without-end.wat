;; Row 33: the same of the other source.
(module
  (import "wasi:random/insecure@0.2.6" "get-insecure-random-bytes" (func $random (param i64 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $random (i64.const -1) (i32.const 4200))
    (i32.const 4096)))
