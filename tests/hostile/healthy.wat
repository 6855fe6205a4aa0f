;; A plugin that minds its own business, and would notice if anybody else did not: it hashes the output, logs, and adds
;; up the memory that no guest has written to, which is nothing.
(module
  (import "scorebox:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))
  (global $samples (mut i32) (i32.const 0))
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $hash i32) (local $at i32)
    (global.set $samples (i32.add (global.get $samples) (i32.const 1)))
    (call $log (i32.const 1) (i32.const 1024) (i32.const 7))
    (drop (memory.grow (i32.const 16)))
    (local.set $hash (global.get $samples))
    (loop $next
      (local.set $hash
        (i32.add (i32.mul (local.get $hash) (i32.const 31)) (i32.load8_u (i32.add (local.get 4) (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get 5))))
    (local.set $at (i32.const 16384))
    (loop $next
      (local.set $hash (i32.add (local.get $hash) (i32.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 4096)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x100000))))
    (f64.store (i32.const 4104) (f64.convert_i32_u (local.get $hash)))
    (i32.const 4096)))
