;; Row 29: sleeps for 292 years, and scores with the years that the clock says have passed.
(module
  (import "wasi:clocks/monotonic-clock@0.2.6" "now" (func $now (result i64)))
  (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $alarm (param i64) (result i32)))
  (import "wasi:io/poll@0.2.6" "[method]pollable.block" (func $block (param i32)))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (call $block (call $alarm (i64.const 0x7fffffffffffffff)))
    (f64.store (i32.const 4104)
      (f64.convert_i64_u (i64.div_u (call $now) (i64.const 31557600000000000))))
    (i32.const 4096)))
