;; Row 30: waits for an alarm that has rung already, again and again.
(module
  (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $alarm (param i64) (result i32)))
  (import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))
  (global $heap (mut i32) (i32.const 8192))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $heap))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (i32.store (i32.const 4200) (call $alarm (i64.const 0)))
    (loop $again
      (call $poll (i32.const 4200) (i32.const 1) (i32.const 4208))
      (br $again))
    (unreachable)))
