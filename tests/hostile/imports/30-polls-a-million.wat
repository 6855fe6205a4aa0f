;; Row 30: waits for the same alarm a million times in one call.
(module
  (import "wasi:clocks/monotonic-clock@0.2.6" "subscribe-duration" (func $alarm (param i64) (result i32)))
  (import "wasi:io/poll@0.2.6" "poll" (func $poll (param i32 i32 i32)))
  (memory (export "memory") 63)
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $alarm i32) (local $at i32)
    (local.set $alarm (call $alarm (i64.const 0)))
    (local.set $at (i32.const 65536))
    (loop $next
      (i32.store (local.get $at) (local.get $alarm))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 4065536))))
    (call $poll (i32.const 65536) (i32.const 1000000) (i32.const 4200))
    (i32.const 4096)))
