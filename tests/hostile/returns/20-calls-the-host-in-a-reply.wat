;; Row 20: asks the host for random bytes; asked for memory to put them in, it asks for random bytes.
(module
  (import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))
  (global $asked (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $asked) (then (call $random (i64.const 8) (i32.const 4200))))
    (i32.const 8192))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (global.set $asked (i32.const 1))
    (call $random (i64.const 8) (i32.const 4200))
    (i32.const 4096)))
