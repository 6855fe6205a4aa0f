;; Row 48: takes two megabytes, looks for anything that another instance left there, and leaves something itself. The
;; value is the number of words that were not zero.
(module
  (func (export "scorebox:plugin/metric@0.1.0#evaluate") (type $evaluate)
    (local $at i32) (local $found i32)
    (drop (memory.grow (i32.const 32)))
    (local.set $at (i32.const 65536))
    (loop $next
      (local.set $found (i32.add (local.get $found) (i32.ne (i32.load (local.get $at)) (i32.const 0))))
      (i32.store (local.get $at) (i32.const -1))
      (local.set $at (i32.add (local.get $at) (i32.const 512)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 0x200000))))
    (f64.store (i32.const 4104) (f64.convert_i32_u (local.get $found)))
    (i32.const 4096)))
