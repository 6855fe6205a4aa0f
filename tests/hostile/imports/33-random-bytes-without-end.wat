;; Row 33: asks for 2^64 - 1 random bytes.
(module
  (import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $random (i64.const -1) (i32.const 4200))
    (i32.const 4096)))
